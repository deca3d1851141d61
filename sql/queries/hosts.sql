-- The pace of each host, across all workers. The database's clock is the one they share.

-- name: take_turn
-- Take the next turn at a host, `spacing` seconds after the last one, and say how many seconds to wait for it. A turn
-- that a crash of the server forgets is no harm, so its commit waits for no disk. Nobody takes turns so far ahead as
-- a clock that was set back leaves the last one: then they begin anew.
WITH unhurried AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO tidings.hosts AS h (host, turn_at)
SELECT %(host)s, clock_timestamp() + make_interval(secs => %(spacing)s) FROM unhurried
ON CONFLICT (host) DO UPDATE
   SET turn_at = CASE WHEN h.turn_at - clock_timestamp() < interval '10 minutes' + make_interval(secs => 100 * %(spacing)s)
                      THEN greatest(h.turn_at, clock_timestamp()) ELSE clock_timestamp() END
                 + make_interval(secs => %(spacing)s)
RETURNING greatest(0, extract(epoch FROM h.turn_at - make_interval(secs => %(spacing)s) - clock_timestamp()))::float8
              AS wait,
          extract(epoch FROM h.paused_until - clock_timestamp())::float8 AS paused,
          h.pause_reason, h.latency_ms;

-- name: find_host
-- How many seconds a host is yet to be left alone, and how long it takes to answer.
SELECT extract(epoch FROM paused_until - clock_timestamp())::float8 AS paused, pause_reason, latency_ms
  FROM tidings.hosts
 WHERE host = %(host)s;

-- name: pause_host
-- Leave a host alone for `seconds`; a longer pause that is under way stays.
INSERT INTO tidings.hosts AS h (host, turn_at, paused_until, pause_reason)
VALUES (%(host)s, clock_timestamp(), clock_timestamp() + make_interval(secs => %(seconds)s), %(reason)s)
ON CONFLICT (host) DO UPDATE
   SET paused_until = excluded.paused_until, pause_reason = excluded.pause_reason
 WHERE h.paused_until IS NULL OR h.paused_until < excluded.paused_until;

-- name: learn_latency
-- Remember how long hosts took to answer.
INSERT INTO tidings.hosts AS h (host, turn_at, latency_ms)
SELECT r.host, clock_timestamp(), r.latency_ms
  FROM jsonb_to_recordset(%(rows)s) AS r(host text, latency_ms real)
 ORDER BY r.host
ON CONFLICT (host) DO UPDATE SET latency_ms = excluded.latency_ms;
