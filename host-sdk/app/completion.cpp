#include "commands.hpp"

namespace crosswatch::app {
namespace {

// One line a command: its path, and what may follow it.
void append_cases(std::string& out, const CommandTree& tree, const std::string& path, const std::string& global) {
  std::string words;
  for (const CommandTree& c : tree.commands) words += c.name + " ";
  std::string options = global;
  for (const std::string& o : tree.options) options += o + " ";
  out += "    '" + path + "') words='" + words + "' options='" + options + "' ;;\n";
  for (const CommandTree& c : tree.commands) append_cases(out, c, path.empty() ? c.name : path + " " + c.name, global);
}

std::string script(const CommandTree& root) {
  std::string global;
  for (const std::string& o : root.options) global += o + " ";
  CommandTree bare = root;
  bare.options.clear();
  std::string cases;
  append_cases(cases, bare, "", global);
  return R"(_crosswatch() {
  local current=${COMP_WORDS[COMP_CWORD]} path='' words options next i
  _crosswatch_words "$path"
  for ((i = 1; i < COMP_CWORD; ++i)); do
    next=${COMP_WORDS[i]}
    [[ $next != -* && " $words" == *" $next "* ]] || continue
    path="${path:+$path }$next"
    _crosswatch_words "$path"
  done
  [[ $current == -* ]] && words=$options
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
_crosswatch_words() {
  words='' options=''
  case $1 in
)" + cases +
         R"(  esac
}
complete -o default -F _crosswatch crosswatch
)";
}

}  // namespace

ExitCode completion(Context& c, const std::string& shell, const CommandTree& root) {
  if (shell != "bash" && shell != "zsh")
    throw Error(CW_CONFIG, host::code_usage,
                "There is no completion for \"" + shell + "\"; there is one for bash and one for zsh.",
                "crosswatch completion bash");
  std::string text = "# Load it from your shell's start file: source <(crosswatch completion " + shell + ")\n";
  if (shell == "zsh") text += "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n";
  c.out.raw(text + script(root));
  return ExitCode::ok;
}

}  // namespace crosswatch::app
