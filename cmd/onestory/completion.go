package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish. For bash: eval \"$(onestory completion bash)\""`
}

// Run is the command: it prints a script that lets the shell complete commands and
// flags.
func (s *completion) Run(c *cli, k *kong.Context) error {
	words := map[string][]string{} // what may follow a command, by its path
	collect(k.Model.Node, "", words)
	var b strings.Builder
	switch s.Shell {
	case "fish":
		for path, next := range sorted(words) {
			depth := len(strings.Fields(path))
			fmt.Fprintf(&b, "complete -c onestory -f -n 'test (string join \" \" (commandline -opc)[2..%d]) = \"%s\"' -a '%s'\n", depth+1, path, strings.Join(next, " "))
		}
	default:
		if s.Shell == "zsh" {
			b.WriteString("autoload -U +X bashcompinit && bashcompinit\n")
		}
		b.WriteString("_onestory() {\n  local path=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\" words\n  path=\"${path%% -*}\"; path=\"${path#-*}\"\n  case \"$path\" in\n")
		for path, next := range sorted(words) {
			fmt.Fprintf(&b, "  %q) words=%q ;;\n", path, strings.Join(next, " "))
		}
		b.WriteString("  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _onestory onestory\n")
	}
	_, err := fmt.Fprint(c.out, b.String())
	return err
}

// collect lists the commands and flags below a node.
func collect(n *kong.Node, path string, words map[string][]string) {
	for _, child := range n.Children {
		if child.Type != kong.CommandNode {
			continue
		}
		words[path] = append(words[path], child.Name)
		collect(child, strings.TrimSpace(path+" "+child.Name), words)
	}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			words[path] = append(words[path], "--"+f.Name)
		}
	}
}

// sorted yields a map in the order of its keys, so that the script is always the same.
func sorted(words map[string][]string) func(yield func(string, []string) bool) {
	return func(yield func(string, []string) bool) {
		var keys []string
		for k := range words {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if !yield(k, words[k]) {
				return
			}
		}
	}
}
