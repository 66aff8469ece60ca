
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'plat' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'plat'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'plat' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('try', 'try', [CompletionResultType]::ParameterValue, 'See the whole product in a minute, on a real Kubernetes of its own')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Create a service that builds, tests and deploys untouched')
            [CompletionResult]::new('deploy', 'deploy', [CompletionResultType]::ParameterValue, 'Build, apply and watch until ready; on failure say why and what to do')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what a deploy would change, without doing it')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Print the manifests of plat.yaml as plain YAML for kubectl')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete all that a deploy made; volumes stay unless told')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what runs, in the same words as a deploy')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Say what is wrong with a workload, whoever deployed it')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Restore an earlier revision whole, config included')
            [CompletionResult]::new('evidence', 'evidence', [CompletionResultType]::ParameterValue, 'Show what failed deploys left to be looked at')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List who deployed what, when, and how it ended')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Print the logs of all replicas')
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Open a port of the service on this machine')
            [CompletionResult]::new('whoowns', 'whoowns', [CompletionResultType]::ParameterValue, 'Answer whom to ask, with evidence')
            [CompletionResult]::new('time', 'time', [CompletionResultType]::ParameterValue, 'Run any command (kubectl, helm) and record how long its workloads took to be ready')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Compare recorded runs: time to first deploy, success, by tool')
            [CompletionResult]::new('telemetry', 'telemetry', [CompletionResultType]::ParameterValue, 'See and choose where run timings go')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve the telemetry endpoint and its dashboard')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'A throw-away real Kubernetes on this machine')
            [CompletionResult]::new('lookout', 'lookout', [CompletionResultType]::ParameterValue, 'Look on after a deploy')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell completion script')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of plat.yaml')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'plat;try' {
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Use this kubeconfig context instead of a sandbox')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'Push images here; the cluster of `--context` must be able to pull from it')
            [CompletionResult]::new('--rounds', '--rounds', [CompletionResultType]::ParameterName, 'Rounds of the comparison; fewer than five are too few for a headline')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('--down', '--down', [CompletionResultType]::ParameterName, 'Remove everything that `plat try` made: sandbox, endpoint, folder')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;new' {
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'The template (see --list)')
            [CompletionResult]::new('--template', '--template', [CompletionResultType]::ParameterName, 'The template (see --list)')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'A YAML or JSON file of answers, KEY: VALUE')
            [CompletionResult]::new('--answers', '--answers', [CompletionResultType]::ParameterName, 'A YAML or JSON file of answers, KEY: VALUE')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'One answer; wins over the file')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'One answer; wins over the file')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Take the defaults for all that is not answered, without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Take the defaults for all that is not answered, without asking')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Describe the templates and what they ask for')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Describe the templates and what they ask for')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;deploy' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'A ready image, instead of plat.yaml''s or of building one')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry for built images (default: the environment''s, else the settings'')')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is pruned after success')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'Set back a field that someone changed without plat, or `all` of them')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave a field to whoever has set it, from now on')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up when it is not ready by then (default: plat.yaml''s, else 5m)')
            [CompletionResult]::new('--bake', '--bake', [CompletionResultType]::ParameterName, 'Wait so long whether it stays up, before the prompt comes back; 0: nobody looks on at all (default: plat.yaml''s; else in CI 3s, and 10s where a container has no readiness probe; elsewhere plat looks on in the background for 60s)')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for someone else who deploys the same at the moment')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-R', '-R ', [CompletionResultType]::ParameterName, 'Search the folders in a folder too')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Search the folders in a folder too')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Make the objects plat''s that kubectl apply, Helm, Argo CD, Flux or another set manages')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change, as `plat diff` does, and write nothing')
            [CompletionResult]::new('--no-rollback', '--no-rollback', [CompletionResultType]::ParameterName, 'Leave what failed as it is, instead of restoring the previous revision')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;diff' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'A ready image, instead of plat.yaml''s or of building one')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry for built images (default: the environment''s, else the settings'')')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin')
            [CompletionResult]::new('--filename', '--filename', [CompletionResultType]::ParameterName, 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is pruned after success')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'Set back a field that someone changed without plat, or `all` of them')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave a field to whoever has set it, from now on')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-R', '-R ', [CompletionResultType]::ParameterName, 'Search the folders in a folder too')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Search the folders in a folder too')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Make the objects plat''s that kubectl apply, Helm, Argo CD, Flux or another set manages')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'End with code 5 when something would change')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;render' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'A ready image, instead of plat.yaml''s or of building one')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry for built images (default: the environment''s, else the settings'')')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;delete' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long to wait until everything is gone')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for someone who deploys it at the moment')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--volumes', '--volumes', [CompletionResultType]::ParameterName, 'Delete its volumes too, with all that is on them')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;status' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;why' {
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;rollback' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service, or the set of `plat deploy -f --set` (default: the service of plat.yaml)')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'The service, or the set of `plat deploy -f --set` (default: the service of plat.yaml)')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'Set back a field that someone changed without plat, or `all` of them')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave a field to whoever has set it, from now on')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up when it is not ready by then')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for someone else who deploys the same at the moment')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Make the objects plat''s that kubectl apply, Helm, Argo CD, Flux or another set manages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;evidence' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;history' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;logs' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--tail', '--tail', [CompletionResultType]::ParameterName, 'Lines from the end of each log; "all" for everything [default: 200, with --since all]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only what was written since: 10m, 2h, or a moment such as 2026-11-23T10:00:00Z')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Only this container of each pod; init containers and sidecars count')
            [CompletionResult]::new('--container', '--container', [CompletionResultType]::ParameterName, 'Only this container of each pod; init containers and sidecars count')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Go on printing what they write, through restarts, new replicas and lost connections')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on printing what they write, through restarts, new replicas and lost connections')
            [CompletionResult]::new('--previous', '--previous', [CompletionResultType]::ParameterName, 'The instance before the present one, such as the one that crashed')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;open' {
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'The environment of plat.yaml to work in')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'The port of the service or the container, a number or a name, and the one to listen on here (0: any) [default: the service''s first]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port of the service or the container, a number or a name, and the one to listen on here (0: any) [default: the service''s first]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('--browser', '--browser', [CompletionResultType]::ParameterName, 'Show it in the browser')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;whoowns' {
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;time' {
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The kubeconfig context (default: the environment''s, else the current one)')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace (default: the environment''s, else the context''s)')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Give up when the workloads are not ready so long after the command has ended')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Look for changed workloads in every namespace, not only in the one that plat is pointed at')
            [CompletionResult]::new('--all-namespaces', '--all-namespaces', [CompletionResultType]::ParameterName, 'Look for changed workloads in every namespace, not only in the one that plat is pointed at')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;report' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Where the runs come from [default: the endpoint where one is in force, else this machine]')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'Only runs of this service')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Only runs of one comparison (`PLAT_GROUP` when they ran)')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only runs since then: 24h, 7d, 2026-11-01 or 2026-11-01T09:00:00Z')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;telemetry' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('on', 'on', [CompletionResultType]::ParameterValue, 'Record runs and send them to an endpoint of your choice')
            [CompletionResult]::new('local', 'local', [CompletionResultType]::ParameterValue, 'Record runs on this machine only (the default)')
            [CompletionResult]::new('off', 'off', [CompletionResultType]::ParameterValue, 'Record nothing')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say what is in force, who decided it, and what waits')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print what was recorded; with --output json exactly as it is sent')
            [CompletionResult]::new('flush', 'flush', [CompletionResultType]::ParameterValue, 'Send what waits and say what remains; for CI, whose machine is gone in a moment')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'plat;telemetry;on' {
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Base URL of a `plat serve`, such as `http://127.0.0.1:7070`; kept in your settings')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;telemetry;local' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;telemetry;off' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;telemetry;status' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;telemetry;show' {
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'How many runs, newest last')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;telemetry;flush' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How many seconds to try')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('--detached', '--detached', [CompletionResultType]::ParameterName, 'Send without a word: what a finished run starts')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;telemetry;help' {
            [CompletionResult]::new('on', 'on', [CompletionResultType]::ParameterValue, 'Record runs and send them to an endpoint of your choice')
            [CompletionResult]::new('local', 'local', [CompletionResultType]::ParameterValue, 'Record runs on this machine only (the default)')
            [CompletionResult]::new('off', 'off', [CompletionResultType]::ParameterValue, 'Record nothing')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say what is in force, who decided it, and what waits')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print what was recorded; with --output json exactly as it is sent')
            [CompletionResult]::new('flush', 'flush', [CompletionResultType]::ParameterValue, 'Send what waits and say what remains; for CI, whose machine is gone in a moment')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'plat;telemetry;help;on' {
            break
        }
        'plat;telemetry;help;local' {
            break
        }
        'plat;telemetry;help;off' {
            break
        }
        'plat;telemetry;help;status' {
            break
        }
        'plat;telemetry;help;show' {
            break
        }
        'plat;telemetry;help;flush' {
            break
        }
        'plat;telemetry;help;help' {
            break
        }
        'plat;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address and port on this machine; port 0 takes a free one')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The folder of the database [default: plat''s state folder]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('--until-removed', '--until-removed', [CompletionResultType]::ParameterName, 'Stop when the data folder is removed: how `plat try --down` ends the endpoint it left running')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;sandbox' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Start it, or find it running')
            [CompletionResult]::new('down', 'down', [CompletionResultType]::ParameterValue, 'Stop it and remove everything of it')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say whether it runs and where its kubeconfig, registry and logs are')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Bring an image archive into its registry: its network has no way out')
            [CompletionResult]::new('relay', 'relay', [CompletionResultType]::ParameterValue, 'The process between this machine''s loopback and the sandbox')
            [CompletionResult]::new('delay', 'delay', [CompletionResultType]::ParameterValue, 'Another port to the API server, a round trip away, for measurements')
            [CompletionResult]::new('fault', 'fault', [CompletionResultType]::ParameterValue, 'Kill, hold or start one component, to see what others make of it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'plat;sandbox;up' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Which sandbox; several run side by side')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Stop it when nobody was connected for this long')
            [CompletionResult]::new('--bin-dir', '--bin-dir', [CompletionResultType]::ParameterName, 'Take programs (kube-apiserver, etcd, …) of the pinned versions from this folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;sandbox;down' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Which sandbox; several run side by side')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;sandbox;status' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Which sandbox; several run side by side')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Print shell lines that point kubectl, plat and docker at it: eval "$(plat sandbox status --export)"')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;sandbox;load' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Which sandbox; several run side by side')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'The image''s name and tag, when not the one that the archive gives it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;sandbox;relay' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'name')
            [CompletionResult]::new('--api-port', '--api-port', [CompletionResultType]::ParameterName, 'api-port')
            [CompletionResult]::new('--registry-port', '--registry-port', [CompletionResultType]::ParameterName, 'registry-port')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;sandbox;delay' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Which sandbox; several run side by side')
            [CompletionResult]::new('--round-trip', '--round-trip', [CompletionResultType]::ParameterName, 'The simulated round trip')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;sandbox;fault' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Which sandbox; several run side by side')
            [CompletionResult]::new('--bin-dir', '--bin-dir', [CompletionResultType]::ParameterName, 'bin-dir')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;sandbox;help' {
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Start it, or find it running')
            [CompletionResult]::new('down', 'down', [CompletionResultType]::ParameterValue, 'Stop it and remove everything of it')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say whether it runs and where its kubeconfig, registry and logs are')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Bring an image archive into its registry: its network has no way out')
            [CompletionResult]::new('relay', 'relay', [CompletionResultType]::ParameterValue, 'The process between this machine''s loopback and the sandbox')
            [CompletionResult]::new('delay', 'delay', [CompletionResultType]::ParameterValue, 'Another port to the API server, a round trip away, for measurements')
            [CompletionResult]::new('fault', 'fault', [CompletionResultType]::ParameterValue, 'Kill, hold or start one component, to see what others make of it')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'plat;sandbox;help;up' {
            break
        }
        'plat;sandbox;help;down' {
            break
        }
        'plat;sandbox;help;status' {
            break
        }
        'plat;sandbox;help;load' {
            break
        }
        'plat;sandbox;help;relay' {
            break
        }
        'plat;sandbox;help;delay' {
            break
        }
        'plat;sandbox;help;fault' {
            break
        }
        'plat;sandbox;help;help' {
            break
        }
        'plat;lookout' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;completions' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;schema' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What stdout carries: text for people, or one JSON value a line')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour (`NO_COLOR` is honoured)')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but warnings and errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'plat;help' {
            [CompletionResult]::new('try', 'try', [CompletionResultType]::ParameterValue, 'See the whole product in a minute, on a real Kubernetes of its own')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Create a service that builds, tests and deploys untouched')
            [CompletionResult]::new('deploy', 'deploy', [CompletionResultType]::ParameterValue, 'Build, apply and watch until ready; on failure say why and what to do')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what a deploy would change, without doing it')
            [CompletionResult]::new('render', 'render', [CompletionResultType]::ParameterValue, 'Print the manifests of plat.yaml as plain YAML for kubectl')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete all that a deploy made; volumes stay unless told')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what runs, in the same words as a deploy')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Say what is wrong with a workload, whoever deployed it')
            [CompletionResult]::new('rollback', 'rollback', [CompletionResultType]::ParameterValue, 'Restore an earlier revision whole, config included')
            [CompletionResult]::new('evidence', 'evidence', [CompletionResultType]::ParameterValue, 'Show what failed deploys left to be looked at')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List who deployed what, when, and how it ended')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Print the logs of all replicas')
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Open a port of the service on this machine')
            [CompletionResult]::new('whoowns', 'whoowns', [CompletionResultType]::ParameterValue, 'Answer whom to ask, with evidence')
            [CompletionResult]::new('time', 'time', [CompletionResultType]::ParameterValue, 'Run any command (kubectl, helm) and record how long its workloads took to be ready')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Compare recorded runs: time to first deploy, success, by tool')
            [CompletionResult]::new('telemetry', 'telemetry', [CompletionResultType]::ParameterValue, 'See and choose where run timings go')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve the telemetry endpoint and its dashboard')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'A throw-away real Kubernetes on this machine')
            [CompletionResult]::new('lookout', 'lookout', [CompletionResultType]::ParameterValue, 'Look on after a deploy')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell completion script')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of plat.yaml')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'plat;help;try' {
            break
        }
        'plat;help;new' {
            break
        }
        'plat;help;deploy' {
            break
        }
        'plat;help;diff' {
            break
        }
        'plat;help;render' {
            break
        }
        'plat;help;delete' {
            break
        }
        'plat;help;status' {
            break
        }
        'plat;help;why' {
            break
        }
        'plat;help;rollback' {
            break
        }
        'plat;help;evidence' {
            break
        }
        'plat;help;history' {
            break
        }
        'plat;help;logs' {
            break
        }
        'plat;help;open' {
            break
        }
        'plat;help;whoowns' {
            break
        }
        'plat;help;time' {
            break
        }
        'plat;help;report' {
            break
        }
        'plat;help;telemetry' {
            [CompletionResult]::new('on', 'on', [CompletionResultType]::ParameterValue, 'Record runs and send them to an endpoint of your choice')
            [CompletionResult]::new('local', 'local', [CompletionResultType]::ParameterValue, 'Record runs on this machine only (the default)')
            [CompletionResult]::new('off', 'off', [CompletionResultType]::ParameterValue, 'Record nothing')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say what is in force, who decided it, and what waits')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print what was recorded; with --output json exactly as it is sent')
            [CompletionResult]::new('flush', 'flush', [CompletionResultType]::ParameterValue, 'Send what waits and say what remains; for CI, whose machine is gone in a moment')
            break
        }
        'plat;help;telemetry;on' {
            break
        }
        'plat;help;telemetry;local' {
            break
        }
        'plat;help;telemetry;off' {
            break
        }
        'plat;help;telemetry;status' {
            break
        }
        'plat;help;telemetry;show' {
            break
        }
        'plat;help;telemetry;flush' {
            break
        }
        'plat;help;serve' {
            break
        }
        'plat;help;sandbox' {
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Start it, or find it running')
            [CompletionResult]::new('down', 'down', [CompletionResultType]::ParameterValue, 'Stop it and remove everything of it')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say whether it runs and where its kubeconfig, registry and logs are')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Bring an image archive into its registry: its network has no way out')
            [CompletionResult]::new('relay', 'relay', [CompletionResultType]::ParameterValue, 'The process between this machine''s loopback and the sandbox')
            [CompletionResult]::new('delay', 'delay', [CompletionResultType]::ParameterValue, 'Another port to the API server, a round trip away, for measurements')
            [CompletionResult]::new('fault', 'fault', [CompletionResultType]::ParameterValue, 'Kill, hold or start one component, to see what others make of it')
            break
        }
        'plat;help;sandbox;up' {
            break
        }
        'plat;help;sandbox;down' {
            break
        }
        'plat;help;sandbox;status' {
            break
        }
        'plat;help;sandbox;load' {
            break
        }
        'plat;help;sandbox;relay' {
            break
        }
        'plat;help;sandbox;delay' {
            break
        }
        'plat;help;sandbox;fault' {
            break
        }
        'plat;help;lookout' {
            break
        }
        'plat;help;completions' {
            break
        }
        'plat;help;schema' {
            break
        }
        'plat;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
