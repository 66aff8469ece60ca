# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_plat_global_optspecs
    string join \n output= color= v/verbose q/quiet h/help V/version
end

function __fish_plat_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_plat_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_plat_using_subcommand
    set -l cmd (__fish_plat_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c plat -n "__fish_plat_needs_command" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_needs_command" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_needs_command" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_needs_command" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_needs_command" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_needs_command" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_needs_command" -f -a "try" -d 'See the whole product in a minute, on a real Kubernetes of its own'
complete -c plat -n "__fish_plat_needs_command" -f -a "new" -d 'Create a service that builds, tests and deploys untouched'
complete -c plat -n "__fish_plat_needs_command" -f -a "deploy" -d 'Build, apply and watch until ready; on failure say why and what to do'
complete -c plat -n "__fish_plat_needs_command" -f -a "diff" -d 'Show what a deploy would change, without doing it'
complete -c plat -n "__fish_plat_needs_command" -f -a "render" -d 'Print the manifests of plat.yaml as plain YAML for kubectl'
complete -c plat -n "__fish_plat_needs_command" -f -a "delete" -d 'Delete all that a deploy made; volumes stay unless told'
complete -c plat -n "__fish_plat_needs_command" -f -a "status" -d 'Show what runs, in the same words as a deploy'
complete -c plat -n "__fish_plat_needs_command" -f -a "why" -d 'Say what is wrong with a workload, whoever deployed it'
complete -c plat -n "__fish_plat_needs_command" -f -a "rollback" -d 'Restore an earlier revision whole, config included'
complete -c plat -n "__fish_plat_needs_command" -f -a "evidence" -d 'Show what failed deploys left to be looked at'
complete -c plat -n "__fish_plat_needs_command" -f -a "history" -d 'List who deployed what, when, and how it ended'
complete -c plat -n "__fish_plat_needs_command" -f -a "logs" -d 'Print the logs of all replicas'
complete -c plat -n "__fish_plat_needs_command" -f -a "open" -d 'Open a port of the service on this machine'
complete -c plat -n "__fish_plat_needs_command" -f -a "whoowns" -d 'Answer whom to ask, with evidence'
complete -c plat -n "__fish_plat_needs_command" -f -a "time" -d 'Run any command (kubectl, helm) and record how long its workloads took to be ready'
complete -c plat -n "__fish_plat_needs_command" -f -a "report" -d 'Compare recorded runs: time to first deploy, success, by tool'
complete -c plat -n "__fish_plat_needs_command" -f -a "telemetry" -d 'See and choose where run timings go'
complete -c plat -n "__fish_plat_needs_command" -f -a "serve" -d 'Serve the telemetry endpoint and its dashboard'
complete -c plat -n "__fish_plat_needs_command" -f -a "sandbox" -d 'A throw-away real Kubernetes on this machine'
complete -c plat -n "__fish_plat_needs_command" -f -a "lookout" -d 'Look on after a deploy'
complete -c plat -n "__fish_plat_needs_command" -f -a "completions" -d 'Print a shell completion script'
complete -c plat -n "__fish_plat_needs_command" -f -a "schema" -d 'Print the JSON Schema of plat.yaml'
complete -c plat -n "__fish_plat_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c plat -n "__fish_plat_using_subcommand try" -l context -d 'Use this kubeconfig context instead of a sandbox' -r
complete -c plat -n "__fish_plat_using_subcommand try" -l registry -d 'Push images here; the cluster of `--context` must be able to pull from it' -r
complete -c plat -n "__fish_plat_using_subcommand try" -l rounds -d 'Rounds of the comparison; fewer than five are too few for a headline' -r
complete -c plat -n "__fish_plat_using_subcommand try" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand try" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand try" -l down -d 'Remove everything that `plat try` made: sandbox, endpoint, folder'
complete -c plat -n "__fish_plat_using_subcommand try" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand try" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand try" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand try" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand new" -s t -l template -d 'The template (see --list)' -r
complete -c plat -n "__fish_plat_using_subcommand new" -s a -l answers -d 'A YAML or JSON file of answers, KEY: VALUE' -r -F
complete -c plat -n "__fish_plat_using_subcommand new" -s s -l set -d 'One answer; wins over the file' -r
complete -c plat -n "__fish_plat_using_subcommand new" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand new" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand new" -s y -l yes -d 'Take the defaults for all that is not answered, without asking'
complete -c plat -n "__fish_plat_using_subcommand new" -s l -l list -d 'Describe the templates and what they ask for'
complete -c plat -n "__fish_plat_using_subcommand new" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand new" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand new" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand new" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand deploy" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand deploy" -l image -d 'A ready image, instead of plat.yaml\'s or of building one' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l registry -d 'The registry for built images (default: the environment\'s, else the settings\')' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -s f -l filename -d 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l set -d 'Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is pruned after success' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l take -d 'Set back a field that someone changed without plat, or `all` of them' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l keep -d 'Leave a field to whoever has set it, from now on' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l deadline -d 'Give up when it is not ready by then (default: plat.yaml\'s, else 5m)' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l bake -d 'Wait so long whether it stays up, before the prompt comes back; 0: nobody looks on at all (default: plat.yaml\'s; else in CI 3s, and 10s where a container has no readiness probe; elsewhere plat looks on in the background for 60s)' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l lock-timeout -d 'How long to wait for someone else who deploys the same at the moment' -r
complete -c plat -n "__fish_plat_using_subcommand deploy" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand deploy" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand deploy" -s R -l recursive -d 'Search the folders in a folder too'
complete -c plat -n "__fish_plat_using_subcommand deploy" -l adopt -d 'Make the objects plat\'s that kubectl apply, Helm, Argo CD, Flux or another set manages'
complete -c plat -n "__fish_plat_using_subcommand deploy" -l dry-run -d 'Show what would change, as `plat diff` does, and write nothing'
complete -c plat -n "__fish_plat_using_subcommand deploy" -l no-rollback -d 'Leave what failed as it is, instead of restoring the previous revision'
complete -c plat -n "__fish_plat_using_subcommand deploy" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand deploy" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand deploy" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand deploy" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand diff" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand diff" -l image -d 'A ready image, instead of plat.yaml\'s or of building one' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -l registry -d 'The registry for built images (default: the environment\'s, else the settings\')' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -s f -l filename -d 'Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -l set -d 'Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is pruned after success' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -l take -d 'Set back a field that someone changed without plat, or `all` of them' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -l keep -d 'Leave a field to whoever has set it, from now on' -r
complete -c plat -n "__fish_plat_using_subcommand diff" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand diff" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand diff" -s R -l recursive -d 'Search the folders in a folder too'
complete -c plat -n "__fish_plat_using_subcommand diff" -l adopt -d 'Make the objects plat\'s that kubectl apply, Helm, Argo CD, Flux or another set manages'
complete -c plat -n "__fish_plat_using_subcommand diff" -l exit-code -d 'End with code 5 when something would change'
complete -c plat -n "__fish_plat_using_subcommand diff" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand diff" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand diff" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand diff" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand render" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand render" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand render" -l image -d 'A ready image, instead of plat.yaml\'s or of building one' -r
complete -c plat -n "__fish_plat_using_subcommand render" -l registry -d 'The registry for built images (default: the environment\'s, else the settings\')' -r
complete -c plat -n "__fish_plat_using_subcommand render" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand render" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand render" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand render" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand render" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand render" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand render" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand render" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand delete" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand delete" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand delete" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand delete" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand delete" -l deadline -d 'How long to wait until everything is gone' -r
complete -c plat -n "__fish_plat_using_subcommand delete" -l lock-timeout -d 'How long to wait for someone who deploys it at the moment' -r
complete -c plat -n "__fish_plat_using_subcommand delete" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand delete" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand delete" -s y -l yes -d 'Do not ask'
complete -c plat -n "__fish_plat_using_subcommand delete" -l volumes -d 'Delete its volumes too, with all that is on them'
complete -c plat -n "__fish_plat_using_subcommand delete" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand delete" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand delete" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand delete" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand status" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand status" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand status" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand status" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand status" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand status" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand status" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand status" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand status" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand status" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand why" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand why" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand why" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand why" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand why" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand why" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand why" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand why" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand rollback" -l service -l set -d 'The service, or the set of `plat deploy -f --set` (default: the service of plat.yaml)' -r
complete -c plat -n "__fish_plat_using_subcommand rollback" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand rollback" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand rollback" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand rollback" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand rollback" -l take -d 'Set back a field that someone changed without plat, or `all` of them' -r
complete -c plat -n "__fish_plat_using_subcommand rollback" -l keep -d 'Leave a field to whoever has set it, from now on' -r
complete -c plat -n "__fish_plat_using_subcommand rollback" -l deadline -d 'Give up when it is not ready by then' -r
complete -c plat -n "__fish_plat_using_subcommand rollback" -l lock-timeout -d 'How long to wait for someone else who deploys the same at the moment' -r
complete -c plat -n "__fish_plat_using_subcommand rollback" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand rollback" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand rollback" -l adopt -d 'Make the objects plat\'s that kubectl apply, Helm, Argo CD, Flux or another set manages'
complete -c plat -n "__fish_plat_using_subcommand rollback" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand rollback" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand rollback" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand rollback" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand evidence" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand evidence" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand evidence" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand evidence" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand evidence" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand evidence" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand history" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand history" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand history" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand history" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand history" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand history" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand history" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand history" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand history" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand history" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand logs" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand logs" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand logs" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand logs" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand logs" -l tail -d 'Lines from the end of each log; "all" for everything [default: 200, with --since all]' -r
complete -c plat -n "__fish_plat_using_subcommand logs" -l since -d 'Only what was written since: 10m, 2h, or a moment such as 2026-11-23T10:00:00Z' -r
complete -c plat -n "__fish_plat_using_subcommand logs" -s c -l container -d 'Only this container of each pod; init containers and sidecars count' -r
complete -c plat -n "__fish_plat_using_subcommand logs" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand logs" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand logs" -s f -l follow -d 'Go on printing what they write, through restarts, new replicas and lost connections'
complete -c plat -n "__fish_plat_using_subcommand logs" -l previous -d 'The instance before the present one, such as the one that crashed'
complete -c plat -n "__fish_plat_using_subcommand logs" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand logs" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand logs" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand logs" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand open" -l env -d 'The environment of plat.yaml to work in' -r
complete -c plat -n "__fish_plat_using_subcommand open" -l file -d 'The plat.yaml to use (default: here, else the nearest above up to the repository\'s root)' -r -F
complete -c plat -n "__fish_plat_using_subcommand open" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand open" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand open" -s p -l port -d 'The port of the service or the container, a number or a name, and the one to listen on here (0: any) [default: the service\'s first]' -r
complete -c plat -n "__fish_plat_using_subcommand open" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand open" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand open" -l browser -d 'Show it in the browser'
complete -c plat -n "__fish_plat_using_subcommand open" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand open" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand open" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand open" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand whoowns" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand whoowns" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand whoowns" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand whoowns" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand whoowns" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand whoowns" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand whoowns" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand whoowns" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand time" -l context -d 'The kubeconfig context (default: the environment\'s, else the current one)' -r
complete -c plat -n "__fish_plat_using_subcommand time" -s n -l namespace -d 'The namespace (default: the environment\'s, else the context\'s)' -r
complete -c plat -n "__fish_plat_using_subcommand time" -l deadline -d 'Give up when the workloads are not ready so long after the command has ended' -r
complete -c plat -n "__fish_plat_using_subcommand time" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand time" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand time" -s A -l all-namespaces -d 'Look for changed workloads in every namespace, not only in the one that plat is pointed at'
complete -c plat -n "__fish_plat_using_subcommand time" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand time" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand time" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand time" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand report" -l from -d 'Where the runs come from [default: the endpoint where one is in force, else this machine]' -r -f -a "endpoint\t''
local\t''"
complete -c plat -n "__fish_plat_using_subcommand report" -l service -d 'Only runs of this service' -r
complete -c plat -n "__fish_plat_using_subcommand report" -l group -d 'Only runs of one comparison (`PLAT_GROUP` when they ran)' -r
complete -c plat -n "__fish_plat_using_subcommand report" -l since -d 'Only runs since then: 24h, 7d, 2026-11-01 or 2026-11-01T09:00:00Z' -r
complete -c plat -n "__fish_plat_using_subcommand report" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand report" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand report" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand report" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand report" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand report" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -f -a "on" -d 'Record runs and send them to an endpoint of your choice'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -f -a "local" -d 'Record runs on this machine only (the default)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -f -a "off" -d 'Record nothing'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -f -a "status" -d 'Say what is in force, who decided it, and what waits'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -f -a "show" -d 'Print what was recorded; with --output json exactly as it is sent'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -f -a "flush" -d 'Send what waits and say what remains; for CI, whose machine is gone in a moment'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and not __fish_seen_subcommand_from on local off status show flush help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from on" -l endpoint -d 'Base URL of a `plat serve`, such as `http://127.0.0.1:7070`; kept in your settings' -r
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from on" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from on" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from on" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from on" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from on" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from on" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from local" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from local" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from local" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from local" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from local" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from local" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from off" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from off" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from off" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from off" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from off" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from off" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from status" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from status" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from show" -l last -d 'How many runs, newest last' -r
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from show" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from show" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from flush" -l timeout -d 'How many seconds to try' -r
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from flush" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from flush" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from flush" -l detached -d 'Send without a word: what a finished run starts'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from flush" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from flush" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from flush" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from flush" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from help" -f -a "on" -d 'Record runs and send them to an endpoint of your choice'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from help" -f -a "local" -d 'Record runs on this machine only (the default)'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from help" -f -a "off" -d 'Record nothing'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from help" -f -a "status" -d 'Say what is in force, who decided it, and what waits'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print what was recorded; with --output json exactly as it is sent'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from help" -f -a "flush" -d 'Send what waits and say what remains; for CI, whose machine is gone in a moment'
complete -c plat -n "__fish_plat_using_subcommand telemetry; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c plat -n "__fish_plat_using_subcommand serve" -l listen -d 'Address and port on this machine; port 0 takes a free one' -r
complete -c plat -n "__fish_plat_using_subcommand serve" -l data -d 'The folder of the database [default: plat\'s state folder]' -r -F
complete -c plat -n "__fish_plat_using_subcommand serve" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand serve" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand serve" -l until-removed -d 'Stop when the data folder is removed: how `plat try --down` ends the endpoint it left running'
complete -c plat -n "__fish_plat_using_subcommand serve" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand serve" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand serve" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand serve" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -f -a "up" -d 'Start it, or find it running'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -f -a "down" -d 'Stop it and remove everything of it'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -f -a "status" -d 'Say whether it runs and where its kubeconfig, registry and logs are'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -f -a "load" -d 'Bring an image archive into its registry: its network has no way out'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -f -a "relay" -d 'The process between this machine\'s loopback and the sandbox'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -f -a "delay" -d 'Another port to the API server, a round trip away, for measurements'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -f -a "fault" -d 'Kill, hold or start one component, to see what others make of it'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and not __fish_seen_subcommand_from up down status load relay delay fault help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l name -d 'Which sandbox; several run side by side' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l ttl -d 'Stop it when nobody was connected for this long' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l bin-dir -d 'Take programs (kube-apiserver, etcd, …) of the pinned versions from this folder' -r -F
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l name -d 'Which sandbox; several run side by side' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l name -d 'Which sandbox; several run side by side' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l export -d 'Print shell lines that point kubectl, plat and docker at it: eval "$(plat sandbox status --export)"'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l name -d 'Which sandbox; several run side by side' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l as -d 'The image\'s name and tag, when not the one that the archive gives it' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from load" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from load" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -l name -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -l api-port -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -l registry-port -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from relay" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from delay" -l name -d 'Which sandbox; several run side by side' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from delay" -l round-trip -d 'The simulated round trip' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from delay" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from delay" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from delay" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from delay" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from delay" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from delay" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from fault" -l name -d 'Which sandbox; several run side by side' -r
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from fault" -l bin-dir -r -F
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from fault" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from fault" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from fault" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from fault" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from fault" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from fault" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "up" -d 'Start it, or find it running'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "down" -d 'Stop it and remove everything of it'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "status" -d 'Say whether it runs and where its kubeconfig, registry and logs are'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "load" -d 'Bring an image archive into its registry: its network has no way out'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "relay" -d 'The process between this machine\'s loopback and the sandbox'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "delay" -d 'Another port to the API server, a round trip away, for measurements'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "fault" -d 'Kill, hold or start one component, to see what others make of it'
complete -c plat -n "__fish_plat_using_subcommand sandbox; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c plat -n "__fish_plat_using_subcommand lookout" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand lookout" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand lookout" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand lookout" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand lookout" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand lookout" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand completions" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand completions" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand completions" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand completions" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand completions" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand completions" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand schema" -l output -d 'What stdout carries: text for people, or one JSON value a line' -r -f -a "text\t''
json\t''"
complete -c plat -n "__fish_plat_using_subcommand schema" -l color -d 'When to use colour (`NO_COLOR` is honoured)' -r -f -a "auto\t''
always\t''
never\t''"
complete -c plat -n "__fish_plat_using_subcommand schema" -s v -l verbose -d 'Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)'
complete -c plat -n "__fish_plat_using_subcommand schema" -s q -l quiet -d 'Say nothing on stderr but warnings and errors'
complete -c plat -n "__fish_plat_using_subcommand schema" -s h -l help -d 'Print help'
complete -c plat -n "__fish_plat_using_subcommand schema" -s V -l version -d 'Print version'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "try" -d 'See the whole product in a minute, on a real Kubernetes of its own'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "new" -d 'Create a service that builds, tests and deploys untouched'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "deploy" -d 'Build, apply and watch until ready; on failure say why and what to do'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "diff" -d 'Show what a deploy would change, without doing it'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "render" -d 'Print the manifests of plat.yaml as plain YAML for kubectl'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "delete" -d 'Delete all that a deploy made; volumes stay unless told'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "status" -d 'Show what runs, in the same words as a deploy'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "why" -d 'Say what is wrong with a workload, whoever deployed it'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "rollback" -d 'Restore an earlier revision whole, config included'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "evidence" -d 'Show what failed deploys left to be looked at'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "history" -d 'List who deployed what, when, and how it ended'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "logs" -d 'Print the logs of all replicas'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "open" -d 'Open a port of the service on this machine'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "whoowns" -d 'Answer whom to ask, with evidence'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "time" -d 'Run any command (kubectl, helm) and record how long its workloads took to be ready'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "report" -d 'Compare recorded runs: time to first deploy, success, by tool'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "telemetry" -d 'See and choose where run timings go'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "serve" -d 'Serve the telemetry endpoint and its dashboard'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "sandbox" -d 'A throw-away real Kubernetes on this machine'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "lookout" -d 'Look on after a deploy'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "completions" -d 'Print a shell completion script'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "schema" -d 'Print the JSON Schema of plat.yaml'
complete -c plat -n "__fish_plat_using_subcommand help; and not __fish_seen_subcommand_from try new deploy diff render delete status why rollback evidence history logs open whoowns time report telemetry serve sandbox lookout completions schema help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from telemetry" -f -a "on" -d 'Record runs and send them to an endpoint of your choice'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from telemetry" -f -a "local" -d 'Record runs on this machine only (the default)'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from telemetry" -f -a "off" -d 'Record nothing'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from telemetry" -f -a "status" -d 'Say what is in force, who decided it, and what waits'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from telemetry" -f -a "show" -d 'Print what was recorded; with --output json exactly as it is sent'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from telemetry" -f -a "flush" -d 'Send what waits and say what remains; for CI, whose machine is gone in a moment'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "up" -d 'Start it, or find it running'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "down" -d 'Stop it and remove everything of it'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "status" -d 'Say whether it runs and where its kubeconfig, registry and logs are'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "load" -d 'Bring an image archive into its registry: its network has no way out'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "relay" -d 'The process between this machine\'s loopback and the sandbox'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "delay" -d 'Another port to the API server, a round trip away, for measurements'
complete -c plat -n "__fish_plat_using_subcommand help; and __fish_seen_subcommand_from sandbox" -f -a "fault" -d 'Kill, hold or start one component, to see what others make of it'
