"""The crawl: from feeds and sitemaps to rows, one stage a folder, in the order of a page's life."""
