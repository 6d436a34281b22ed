# fish completion for martlet
function __martlet_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l replies ($words[1] __complete $words[2..] 2> /dev/null)
    if contains -- :files $replies
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $replies
    end
end
complete -c martlet -f -a '(__martlet_complete)'
