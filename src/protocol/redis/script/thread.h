#pragma once

// What each thread that runs scripts keeps of its own: Lua's states, and a workspace.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "keyspace/workspace.h"
#include "protocol/redis/script/machine.h"
#include "protocol/redis/script/store.h"

namespace octavo::redis {

// A library of functions as a state has it.
struct LoadedLibrary {
  std::string name;
  std::string engine;
  std::vector<ScriptFunction> functions;
};

class ScriptThread {
 public:
  ScriptThread(ScriptStore& store, keyspace::Keyspace& keyspace);

  // That of this thread.
  static ScriptThread& of(ScriptStore& store, keyspace::Keyspace& keyspace);

  keyspace::Workspace& workspace() { return workspace_; }
  Machine& machine(Machine::Kind kind);

  // The script of a text, or an error for the client: it is new, and does not compile.
  StoredScriptPtr script_of(std::string_view text, bool loaded, std::string& error);
  // That has been sent before.
  StoredScriptPtr script_of_sha(std::string_view sha, std::string& error);

  struct Function {
    const LoadedLibrary* library;
    const ScriptFunction* function;
  };
  // Of the libraries as they are now.
  std::optional<Function> function(std::string_view name);
  const std::map<std::string, LoadedLibrary, std::less<>>& libraries();

 private:
  bool prepare(const StoredScript& script, std::string& error);
  void follow_libraries();

  ScriptStore& store_;
  keyspace::Keyspace& keyspace_;
  keyspace::Workspace workspace_;
  std::unique_ptr<Machine> scripts_;
  std::unique_ptr<Machine> functions_;
  std::uint64_t generation_ = 0;         // of the store, that `scripts_` and `by_text_` have
  std::uint64_t libraries_version_ = 0;  // that `functions_` has
  std::unordered_map<std::string, StoredScriptPtr> by_text_;
  std::string text_;  // looked for
  std::map<std::string, LoadedLibrary, std::less<>> libraries_;
  std::map<std::string, Function, std::less<>> by_name_;
};

}  // namespace octavo::redis
