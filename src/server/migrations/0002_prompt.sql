-- Until ready and the prompt was back; NULL when an older plat recorded the run, or it deployed nothing.
ALTER TABLE runs ADD COLUMN prompt_ms REAL;

-- Until now the time until ready held what came after it and its bake: pruning, the record. Now the phase `ready` ends it.
UPDATE runs SET ready_ms = max(0, ready_ms - (
    SELECT json_extract(run, '$.duration_ms') - max(json_extract(value, '$.start_ms') + json_extract(value, '$.duration_ms'))
    FROM json_each(run, '$.phases') WHERE json_extract(value, '$.name') IN ('ready', 'bake')
))
WHERE ready_ms IS NOT NULL
  AND EXISTS (SELECT 1 FROM json_each(run, '$.phases') WHERE json_extract(value, '$.name') = 'ready');
