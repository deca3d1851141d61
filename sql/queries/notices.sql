-- Who is told of alarms, and what became of it.

-- name: register_targets
-- Take note of when a target was configured first.
INSERT INTO tidings.notice_targets (target, first_seen_at)
SELECT target, %(now)s FROM unnest(%(targets)s::text[]) AS t (target)
ON CONFLICT DO NOTHING;

-- name: withdraw_notices
-- Nobody is told of an alarm that was over before anybody was, and within the time for which it is held back.
UPDATE tidings.notices n
   SET state = 'withdrawn', next_attempt_at = NULL, settled_at = %(now)s
  FROM tidings.alarms a
 WHERE n.state = 'waiting' AND n.event = 'raised' AND n.num_attempts = 0
   AND a.alarm_id = n.alarm_id AND a.cleared_at < a.raised_at + %(hold)s;

-- name: queue_raised
-- Of alarms that are up, or were for long enough since the target is known, it is to be told. What was over a day ago
-- is no news.
INSERT INTO tidings.notices (alarm_id, event, target, queued_at, next_attempt_at)
SELECT a.alarm_id, 'raised', t.target, %(now)s, greatest(%(now)s, least(a.raised_at, %(now)s) + %(hold)s)
  FROM tidings.alarms a JOIN tidings.notice_targets t ON t.target = ANY(%(targets)s)
 WHERE a.kind <> ALL(%(ignored)s::text[])
   AND (a.cleared_at IS NULL
        OR (a.cleared_at > %(now)s - interval '1 day' AND a.cleared_at >= t.first_seen_at
            AND a.cleared_at >= a.raised_at + %(hold)s))
   AND NOT EXISTS (SELECT FROM tidings.notices n
                    WHERE n.alarm_id = a.alarm_id AND n.event = 'raised' AND n.target = t.target)
ON CONFLICT DO NOTHING;

-- name: queue_cleared
-- Whoever was told of an alarm, or is to be, is told that it is over.
INSERT INTO tidings.notices (alarm_id, event, target, queued_at, next_attempt_at)
SELECT a.alarm_id, 'cleared', n.target, %(now)s, coalesce(n.next_attempt_at, %(now)s)
  FROM tidings.alarms a
  JOIN tidings.notices n ON n.alarm_id = a.alarm_id AND n.event = 'raised' AND n.state IN ('waiting', 'sent')
 WHERE a.cleared_at > %(now)s - interval '1 day' AND n.target = ANY(%(targets)s)
   AND NOT EXISTS (SELECT FROM tidings.notices c
                    WHERE c.alarm_id = a.alarm_id AND c.event = 'cleared' AND c.target = n.target)
ON CONFLICT DO NOTHING;

-- name: claim_notices
-- What is to be told to a target now, with its alarms: nobody else takes it for a while. Of the messages of an hour so
-- many go out as they come, and then one at a time, with all that has gathered. What is to wait for longer than anything
-- ever does was put off before the clock was set back.
UPDATE tidings.notices n
   SET num_attempts = n.num_attempts + 1, next_attempt_at = %(now)s + %(lease)s, error = NULL
  FROM (SELECT alarm_id, event
          FROM tidings.notices
         WHERE target = %(target)s AND state = 'waiting'
           AND (next_attempt_at <= %(now)s OR next_attempt_at > %(now)s + interval '3 hours')
           AND (SELECT count(DISTINCT settled_at) < %(burst)s OR max(settled_at) <= %(now)s - %(distance)s
                  FROM tidings.notices
                 WHERE target = %(target)s AND state = 'sent'
                   AND settled_at > %(now)s - interval '1 hour' AND settled_at <= %(now)s)
           FOR UPDATE SKIP LOCKED) due
  JOIN tidings.alarms a USING (alarm_id)
  LEFT JOIN tidings.sources s USING (source_id)
 WHERE n.alarm_id = due.alarm_id AND n.event = due.event AND n.target = %(target)s
RETURNING n.alarm_id, n.event, n.num_attempts, a.kind, s.name AS source, a.raised_at, a.since, a.cleared_at, a.cause,
          a.evidence;

-- name: settle_notices
-- They were sent, in one message.
UPDATE tidings.notices n
   SET state = 'sent', next_attempt_at = NULL, settled_at = %(now)s, error = NULL
  FROM unnest(%(alarm_ids)s::bigint[], %(events)s::text[]) AS d (alarm_id, event)
 WHERE n.alarm_id = d.alarm_id AND n.event = d.event AND n.target = %(target)s AND n.state = 'waiting';

-- name: hasten_notices
-- The target can be reached again: what failed before need not wait any longer.
UPDATE tidings.notices
   SET next_attempt_at = %(now)s
 WHERE target = %(target)s AND state = 'waiting' AND error IS NOT NULL AND next_attempt_at > %(now)s;

-- name: delay_notices
-- They could not be sent: try again after half a minute, and then each time after twice as long, up to two hours; after
-- a day give up.
UPDATE tidings.notices n
   SET error = %(error)s,
       num_attempts = %(attempt)s,
       state = CASE WHEN n.queued_at > %(now)s - interval '1 day' THEN 'waiting' ELSE 'given_up' END::tidings.notice_state,
       next_attempt_at = CASE WHEN n.queued_at > %(now)s - interval '1 day'
                              THEN %(now)s + least(interval '30 seconds' * 2 ^ (least(%(attempt)s, 20) - 1),
                                                   interval '2 hours') END,
       settled_at = CASE WHEN n.queued_at > %(now)s - interval '1 day' THEN NULL ELSE %(now)s END
  FROM unnest(%(alarm_ids)s::bigint[], %(events)s::text[]) AS d (alarm_id, event)
 WHERE n.alarm_id = d.alarm_id AND n.event = d.event AND n.target = %(target)s AND n.state = 'waiting'
RETURNING n.state, n.next_attempt_at;

-- name: give_up_notices
-- What was for a target that is configured no longer is not sent any more.
UPDATE tidings.notices
   SET state = 'given_up', next_attempt_at = NULL, settled_at = %(now)s
 WHERE state = 'waiting' AND target <> ALL(%(targets)s) AND queued_at < %(now)s - interval '1 day'
RETURNING target;

-- name: lock_alarms
-- Let nobody else raise or clear an alarm up to the end of the transaction.
LOCK TABLE tidings.alarms IN SHARE ROW EXCLUSIVE MODE;

-- name: find_outage
-- The alarm of another host for the same outage of the database.
SELECT alarm_id
  FROM tidings.alarms
 WHERE kind = 'database' AND source_id IS NULL AND raised_at < %(now)s AND coalesce(cleared_at, %(now)s) > %(raised_at)s
 LIMIT 1;

-- name: add_outage
-- An alarm that could not be written while it was up.
INSERT INTO tidings.alarms (kind, raised_at, since, cleared_at, cause)
VALUES ('database', %(raised_at)s, %(since)s, %(now)s, %(cause)s)
RETURNING alarm_id;

-- name: add_told
-- These were told of an alarm without being queued.
INSERT INTO tidings.notices (alarm_id, event, target, state, queued_at, num_attempts, settled_at)
SELECT %(alarm_id)s, 'raised', target, 'sent', %(told_at)s, 1, %(told_at)s
  FROM unnest(%(targets)s::text[]) AS t (target)
ON CONFLICT DO NOTHING;

-- name: list_notices
-- What became of the messages of alarms.
SELECT alarm_id, event, target, state, num_attempts, next_attempt_at, settled_at, error
  FROM tidings.notices
 WHERE alarm_id = ANY(%(alarm_ids)s)
 ORDER BY alarm_id, event DESC, target;
