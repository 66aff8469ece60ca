
use builtin;
use str;

set edit:completion:arg-completer[plat] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'plat'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'plat'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand try 'See the whole product in a minute, on a real Kubernetes of its own'
            cand new 'Create a service that builds, tests and deploys untouched'
            cand deploy 'Build, apply and watch until ready; on failure say why and what to do'
            cand diff 'Show what a deploy would change, without doing it'
            cand render 'Print the manifests of plat.yaml as plain YAML for kubectl'
            cand delete 'Delete all that a deploy made; volumes stay unless told'
            cand status 'Show what runs, in the same words as a deploy'
            cand why 'Say what is wrong with a workload, whoever deployed it'
            cand rollback 'Restore an earlier revision whole, config included'
            cand evidence 'Show what failed deploys left to be looked at'
            cand history 'List who deployed what, when, and how it ended'
            cand logs 'Print the logs of all replicas'
            cand open 'Open a port of the service on this machine'
            cand whoowns 'Answer whom to ask, with evidence'
            cand time 'Run any command (kubectl, helm) and record how long its workloads took to be ready'
            cand report 'Compare recorded runs: time to first deploy, success, by tool'
            cand telemetry 'See and choose where run timings go'
            cand serve 'Serve the telemetry endpoint and its dashboard'
            cand sandbox 'A throw-away real Kubernetes on this machine'
            cand lookout 'Look on after a deploy'
            cand completions 'Print a shell completion script'
            cand schema 'Print the JSON Schema of plat.yaml'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'plat;try'= {
            cand --context 'Use this kubeconfig context instead of a sandbox'
            cand --registry 'Push images here; the cluster of `--context` must be able to pull from it'
            cand --rounds 'Rounds of the comparison; fewer than five are too few for a headline'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand --down 'Remove everything that `plat try` made: sandbox, endpoint, folder'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;new'= {
            cand -t 'The template (see --list)'
            cand --template 'The template (see --list)'
            cand -a 'A YAML or JSON file of answers, KEY: VALUE'
            cand --answers 'A YAML or JSON file of answers, KEY: VALUE'
            cand -s 'One answer; wins over the file'
            cand --set 'One answer; wins over the file'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -y 'Take the defaults for all that is not answered, without asking'
            cand --yes 'Take the defaults for all that is not answered, without asking'
            cand -l 'Describe the templates and what they ask for'
            cand --list 'Describe the templates and what they ask for'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;deploy'= {
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --image 'A ready image, instead of plat.yaml''s or of building one'
            cand --registry 'The registry for built images (default: the environment''s, else the settings'')'
            cand -f 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin'
            cand --filename 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin'
            cand --set 'Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is pruned after success'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --take 'Set back a field that someone changed without plat, or `all` of them'
            cand --keep 'Leave a field to whoever has set it, from now on'
            cand --deadline 'Give up when it is not ready by then (default: plat.yaml''s, else 5m)'
            cand --bake 'Wait so long whether it stays up, before the prompt comes back; 0: nobody looks on at all (default: plat.yaml''s; else in CI 3s, and 10s where a container has no readiness probe; elsewhere plat looks on in the background for 60s)'
            cand --lock-timeout 'How long to wait for someone else who deploys the same at the moment'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -R 'Search the folders in a folder too'
            cand --recursive 'Search the folders in a folder too'
            cand --adopt 'Make the objects plat''s that kubectl apply, Helm, Argo CD, Flux or another set manages'
            cand --dry-run 'Show what would change, as `plat diff` does, and write nothing'
            cand --no-rollback 'Leave what failed as it is, instead of restoring the previous revision'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;diff'= {
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --image 'A ready image, instead of plat.yaml''s or of building one'
            cand --registry 'The registry for built images (default: the environment''s, else the settings'')'
            cand -f 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin'
            cand --filename 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin'
            cand --set 'Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is pruned after success'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --take 'Set back a field that someone changed without plat, or `all` of them'
            cand --keep 'Leave a field to whoever has set it, from now on'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -R 'Search the folders in a folder too'
            cand --recursive 'Search the folders in a folder too'
            cand --adopt 'Make the objects plat''s that kubectl apply, Helm, Argo CD, Flux or another set manages'
            cand --exit-code 'End with code 5 when something would change'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;render'= {
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --image 'A ready image, instead of plat.yaml''s or of building one'
            cand --registry 'The registry for built images (default: the environment''s, else the settings'')'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;delete'= {
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --deadline 'How long to wait until everything is gone'
            cand --lock-timeout 'How long to wait for someone who deploys it at the moment'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --volumes 'Delete its volumes too, with all that is on them'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;status'= {
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;why'= {
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;rollback'= {
            cand --service 'The service, or the set of `plat deploy -f --set` (default: the service of plat.yaml)'
            cand --set 'The service, or the set of `plat deploy -f --set` (default: the service of plat.yaml)'
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --take 'Set back a field that someone changed without plat, or `all` of them'
            cand --keep 'Leave a field to whoever has set it, from now on'
            cand --deadline 'Give up when it is not ready by then'
            cand --lock-timeout 'How long to wait for someone else who deploys the same at the moment'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand --adopt 'Make the objects plat''s that kubectl apply, Helm, Argo CD, Flux or another set manages'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;evidence'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;history'= {
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;logs'= {
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --tail 'Lines from the end of each log; "all" for everything [default: 200, with --since all]'
            cand --since 'Only what was written since: 10m, 2h, or a moment such as 2026-11-23T10:00:00Z'
            cand -c 'Only this container of each pod; init containers and sidecars count'
            cand --container 'Only this container of each pod; init containers and sidecars count'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -f 'Go on printing what they write, through restarts, new replicas and lost connections'
            cand --follow 'Go on printing what they write, through restarts, new replicas and lost connections'
            cand --previous 'The instance before the present one, such as the one that crashed'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;open'= {
            cand --env 'The environment of plat.yaml to work in'
            cand --file 'The plat.yaml to use (default: here, else the nearest above up to the repository''s root)'
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand -p 'The port of the service or the container, a number or a name, and the one to listen on here (0: any) [default: the service''s first]'
            cand --port 'The port of the service or the container, a number or a name, and the one to listen on here (0: any) [default: the service''s first]'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand --browser 'Show it in the browser'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;whoowns'= {
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;time'= {
            cand --context 'The kubeconfig context (default: the environment''s, else the current one)'
            cand -n 'The namespace (default: the environment''s, else the context''s)'
            cand --namespace 'The namespace (default: the environment''s, else the context''s)'
            cand --deadline 'Give up when the workloads are not ready so long after the command has ended'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -A 'Look for changed workloads in every namespace, not only in the one that plat is pointed at'
            cand --all-namespaces 'Look for changed workloads in every namespace, not only in the one that plat is pointed at'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;report'= {
            cand --from 'Where the runs come from [default: the endpoint where one is in force, else this machine]'
            cand --service 'Only runs of this service'
            cand --group 'Only runs of one comparison (`PLAT_GROUP` when they ran)'
            cand --since 'Only runs since then: 24h, 7d, 2026-11-01 or 2026-11-01T09:00:00Z'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;telemetry'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand on 'Record runs and send them to an endpoint of your choice'
            cand local 'Record runs on this machine only (the default)'
            cand off 'Record nothing'
            cand status 'Say what is in force, who decided it, and what waits'
            cand show 'Print what was recorded; with --output json exactly as it is sent'
            cand flush 'Send what waits and say what remains; for CI, whose machine is gone in a moment'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'plat;telemetry;on'= {
            cand --endpoint 'Base URL of a `plat serve`, such as `http://127.0.0.1:7070`; kept in your settings'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;telemetry;local'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;telemetry;off'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;telemetry;status'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;telemetry;show'= {
            cand --last 'How many runs, newest last'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;telemetry;flush'= {
            cand --timeout 'How many seconds to try'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand --detached 'Send without a word: what a finished run starts'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;telemetry;help'= {
            cand on 'Record runs and send them to an endpoint of your choice'
            cand local 'Record runs on this machine only (the default)'
            cand off 'Record nothing'
            cand status 'Say what is in force, who decided it, and what waits'
            cand show 'Print what was recorded; with --output json exactly as it is sent'
            cand flush 'Send what waits and say what remains; for CI, whose machine is gone in a moment'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'plat;telemetry;help;on'= {
        }
        &'plat;telemetry;help;local'= {
        }
        &'plat;telemetry;help;off'= {
        }
        &'plat;telemetry;help;status'= {
        }
        &'plat;telemetry;help;show'= {
        }
        &'plat;telemetry;help;flush'= {
        }
        &'plat;telemetry;help;help'= {
        }
        &'plat;serve'= {
            cand --listen 'Address and port on this machine; port 0 takes a free one'
            cand --data 'The folder of the database [default: plat''s state folder]'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand --until-removed 'Stop when the data folder is removed: how `plat try --down` ends the endpoint it left running'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;sandbox'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand up 'Start it, or find it running'
            cand down 'Stop it and remove everything of it'
            cand status 'Say whether it runs and where its kubeconfig, registry and logs are'
            cand load 'Bring an image archive into its registry: its network has no way out'
            cand relay 'The process between this machine''s loopback and the sandbox'
            cand delay 'Another port to the API server, a round trip away, for measurements'
            cand fault 'Kill, hold or start one component, to see what others make of it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'plat;sandbox;up'= {
            cand --name 'Which sandbox; several run side by side'
            cand --ttl 'Stop it when nobody was connected for this long'
            cand --bin-dir 'Take programs (kube-apiserver, etcd, …) of the pinned versions from this folder'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;sandbox;down'= {
            cand --name 'Which sandbox; several run side by side'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;sandbox;status'= {
            cand --name 'Which sandbox; several run side by side'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand --export 'Print shell lines that point kubectl, plat and docker at it: eval "$(plat sandbox status --export)"'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;sandbox;load'= {
            cand --name 'Which sandbox; several run side by side'
            cand --as 'The image''s name and tag, when not the one that the archive gives it'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;sandbox;relay'= {
            cand --name 'name'
            cand --api-port 'api-port'
            cand --registry-port 'registry-port'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;sandbox;delay'= {
            cand --name 'Which sandbox; several run side by side'
            cand --round-trip 'The simulated round trip'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;sandbox;fault'= {
            cand --name 'Which sandbox; several run side by side'
            cand --bin-dir 'bin-dir'
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;sandbox;help'= {
            cand up 'Start it, or find it running'
            cand down 'Stop it and remove everything of it'
            cand status 'Say whether it runs and where its kubeconfig, registry and logs are'
            cand load 'Bring an image archive into its registry: its network has no way out'
            cand relay 'The process between this machine''s loopback and the sandbox'
            cand delay 'Another port to the API server, a round trip away, for measurements'
            cand fault 'Kill, hold or start one component, to see what others make of it'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'plat;sandbox;help;up'= {
        }
        &'plat;sandbox;help;down'= {
        }
        &'plat;sandbox;help;status'= {
        }
        &'plat;sandbox;help;load'= {
        }
        &'plat;sandbox;help;relay'= {
        }
        &'plat;sandbox;help;delay'= {
        }
        &'plat;sandbox;help;fault'= {
        }
        &'plat;sandbox;help;help'= {
        }
        &'plat;lookout'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;completions'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;schema'= {
            cand --output 'What stdout carries: text for people, or one JSON value a line'
            cand --color 'When to use colour (`NO_COLOR` is honoured)'
            cand -v 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand --verbose 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
            cand -q 'Say nothing on stderr but warnings and errors'
            cand --quiet 'Say nothing on stderr but warnings and errors'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'plat;help'= {
            cand try 'See the whole product in a minute, on a real Kubernetes of its own'
            cand new 'Create a service that builds, tests and deploys untouched'
            cand deploy 'Build, apply and watch until ready; on failure say why and what to do'
            cand diff 'Show what a deploy would change, without doing it'
            cand render 'Print the manifests of plat.yaml as plain YAML for kubectl'
            cand delete 'Delete all that a deploy made; volumes stay unless told'
            cand status 'Show what runs, in the same words as a deploy'
            cand why 'Say what is wrong with a workload, whoever deployed it'
            cand rollback 'Restore an earlier revision whole, config included'
            cand evidence 'Show what failed deploys left to be looked at'
            cand history 'List who deployed what, when, and how it ended'
            cand logs 'Print the logs of all replicas'
            cand open 'Open a port of the service on this machine'
            cand whoowns 'Answer whom to ask, with evidence'
            cand time 'Run any command (kubectl, helm) and record how long its workloads took to be ready'
            cand report 'Compare recorded runs: time to first deploy, success, by tool'
            cand telemetry 'See and choose where run timings go'
            cand serve 'Serve the telemetry endpoint and its dashboard'
            cand sandbox 'A throw-away real Kubernetes on this machine'
            cand lookout 'Look on after a deploy'
            cand completions 'Print a shell completion script'
            cand schema 'Print the JSON Schema of plat.yaml'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'plat;help;try'= {
        }
        &'plat;help;new'= {
        }
        &'plat;help;deploy'= {
        }
        &'plat;help;diff'= {
        }
        &'plat;help;render'= {
        }
        &'plat;help;delete'= {
        }
        &'plat;help;status'= {
        }
        &'plat;help;why'= {
        }
        &'plat;help;rollback'= {
        }
        &'plat;help;evidence'= {
        }
        &'plat;help;history'= {
        }
        &'plat;help;logs'= {
        }
        &'plat;help;open'= {
        }
        &'plat;help;whoowns'= {
        }
        &'plat;help;time'= {
        }
        &'plat;help;report'= {
        }
        &'plat;help;telemetry'= {
            cand on 'Record runs and send them to an endpoint of your choice'
            cand local 'Record runs on this machine only (the default)'
            cand off 'Record nothing'
            cand status 'Say what is in force, who decided it, and what waits'
            cand show 'Print what was recorded; with --output json exactly as it is sent'
            cand flush 'Send what waits and say what remains; for CI, whose machine is gone in a moment'
        }
        &'plat;help;telemetry;on'= {
        }
        &'plat;help;telemetry;local'= {
        }
        &'plat;help;telemetry;off'= {
        }
        &'plat;help;telemetry;status'= {
        }
        &'plat;help;telemetry;show'= {
        }
        &'plat;help;telemetry;flush'= {
        }
        &'plat;help;serve'= {
        }
        &'plat;help;sandbox'= {
            cand up 'Start it, or find it running'
            cand down 'Stop it and remove everything of it'
            cand status 'Say whether it runs and where its kubeconfig, registry and logs are'
            cand load 'Bring an image archive into its registry: its network has no way out'
            cand relay 'The process between this machine''s loopback and the sandbox'
            cand delay 'Another port to the API server, a round trip away, for measurements'
            cand fault 'Kill, hold or start one component, to see what others make of it'
        }
        &'plat;help;sandbox;up'= {
        }
        &'plat;help;sandbox;down'= {
        }
        &'plat;help;sandbox;status'= {
        }
        &'plat;help;sandbox;load'= {
        }
        &'plat;help;sandbox;relay'= {
        }
        &'plat;help;sandbox;delay'= {
        }
        &'plat;help;sandbox;fault'= {
        }
        &'plat;help;lookout'= {
        }
        &'plat;help;completions'= {
        }
        &'plat;help;schema'= {
        }
        &'plat;help;help'= {
        }
    ]
    $completions[$command]
}
