"""What segments of a URL's path mean, in the languages that news is published in.

None of them decides alone: a language that is missing costs one piece of evidence among many.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARTICLE_WORDS = _words(
    """
    article articles artikel articolo articoli articulo articulos artigo artigos story stories post posts a s
    nachricht nachrichten noticia noticias nota notas notizia notizie actualite actualites haber berita clanek
    beitrag read entry content detail details view newsview articleview
    """
)
"""Segments of a path behind which an article stands: ``/story/ferry-returns``."""

FRONT_WORDS = _words(
    """
    category categories kategorie kategorien kategoria categoria categorias categorie kategori section sections
    rubrik rubriken rubrique rubriques seccion secciones sezione ressort channel channels
    """
)
"""Segments behind which a section front stands."""

TAG_WORDS = _words(
    """
    tag tags topic topics thema themen keyword keywords etiqueta etiquetas mot-cle collection collections
    """
)
"""Segments behind which a list of articles about one thing stands."""

AUTHOR_WORDS = _words(
    """
    author authors autor auteur auteurs autore byline people person profile profiles profil user users member
    members contributor contributors columnist columnists staff
    """
)
"""Segments behind which a person and a list of their articles stand."""

SEARCH_WORDS = _words("search suche recherche buscar busca ricerca")
"""Segments behind which the results of a search stand."""

INDEX_WORDS = TAG_WORDS | AUTHOR_WORDS | SEARCH_WORDS | _words("feed feeds rss page")
"""Segments behind which a list stands that is neither a section front nor an article."""

SERVICE_WORDS = _words(
    """
    login signin sign-in log-in logout register signup sign-up registration anmelden anmeldung account konto
    my-account subscribe subscription subscriptions abo abonnement suscripcion assinatura donate spenden about
    about-us ueber-uns a-propos impressum imprint contact contact-us contacts kontakt contacto contatti privacy
    privacy-policy datenschutz datenschutzerklaerung terms terms-of-use terms-of-service terms-and-conditions agb
    cookies cookie-policy legal mentions-legales advertise advertise-with-us advertising werbung mediadaten jobs
    careers help faq support accessibility corrections sitemap newsletter newsletters shop store classifieds
    comments comment print share preference preferences wp-login wp-admin wp-content wp-json cdn-cgi intent sharer
    """
)
"""Segments of what a publisher offers beside its news."""

PICTURE_WORDS = _words(
    """
    gallery galleries photogallery photo-gallery image-gallery photos photo pictures in-pictures slideshow bilder
    fotos foto fotostrecke fotostrecken bilderstrecke bildergalerie galerie galeries diaporama diaporamas photos
    galeria galerias fotogaleria fotogalerias imagenes imagens fotogallery galleria immagini fotogalerie fotoserie
    galerii galeriler foto-galeri fotograf zdjecia fotoreportage
    """
)
"""Segments behind which pictures stand, with or without a text."""

VIDEO_WORDS = _words(
    """
    video videos watch tv clip clips mediathek videothek emission emissions replay vod videoteca videonews
    videolar wideo
    """
)
"""Segments behind which a video stands, with or without a text."""
