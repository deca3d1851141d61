-- What has arrived, in the order in which readers see it: the view tidings.arrivals, and the numbers it goes by.

-- name: number_arrivals
-- Number what is committed and has no number yet; NULL if somebody else is at it.
SELECT tidings.number_arrivals() AS num_numbered;
