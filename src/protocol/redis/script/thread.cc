#include "protocol/redis/script/thread.h"

#include <algorithm>
#include <cctype>

#include "base/logging.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kMaxKnownTexts = 1000;
constexpr std::size_t kMaxKnownTextBytes = 64 * kKiB;  // of one; a longer one is hashed each time

// Names of functions are found whatever their case, as in Redis.
std::string lower_case(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return lower;
}

}  // namespace

ScriptThread::ScriptThread(ScriptStore& store, keyspace::Keyspace& keyspace)
    : store_(store), keyspace_(keyspace), workspace_(keyspace) {}

ScriptThread& ScriptThread::of(ScriptStore& store, keyspace::Keyspace& keyspace) {
  thread_local std::unique_ptr<ScriptThread> own;
  // Another server in the same process, in tests.
  if (own == nullptr || &own->store_ != &store || &own->keyspace_ != &keyspace) {
    own = std::make_unique<ScriptThread>(store, keyspace);
  }
  return *own;
}

Machine& ScriptThread::machine(Machine::Kind kind) {
  auto& machine = kind == Machine::Kind::scripts ? scripts_ : functions_;
  if (machine != nullptr && machine->is_worn()) {
    machine = nullptr;
    if (kind == Machine::Kind::functions) libraries_version_ = 0;
  }
  if (machine == nullptr) machine = std::make_unique<Machine>(kind, store_.memory());
  return *machine;
}

// Compiled in this thread's state.
bool ScriptThread::prepare(const StoredScript& script, std::string& error) {
  const auto why = machine(Machine::Kind::scripts).compile(script.source);
  if (!why) return true;
  error = "ERR Error compiling script (new function): " + *why;
  return false;
}

StoredScriptPtr ScriptThread::script_of(std::string_view text, bool loaded, std::string& error) {
  if (const std::uint64_t now = store_.generation(); now != generation_) {
    by_text_.clear();
    machine(Machine::Kind::scripts).forget_scripts();
    generation_ = now;
  }
  text_ = text;
  if (const auto known = by_text_.find(text_); known != by_text_.end() && !loaded) {
    return prepare(*known->second, error) ? known->second : nullptr;
  }
  auto source = read_script(text);
  if (!source) {
    error = "ERR " + source.error().what;
    return nullptr;
  }
  StoredScriptPtr script = store_.find(source->sha);
  if (script == nullptr || (loaded && !script->loaded)) {
    StoredScript probe;
    probe.source = *source;
    if (!prepare(probe, error)) return nullptr;
    script = store_.add(*std::move(source), loaded);
    if (script == nullptr) {
      error = "OOM there is no room for more scripts: see SCRIPT FLUSH";
      return nullptr;
    }
  } else if (!prepare(*script, error)) {
    return nullptr;
  }
  if (by_text_.size() >= kMaxKnownTexts) {
    by_text_.clear();
    machine(Machine::Kind::scripts).forget_scripts();
    if (!prepare(*script, error)) return nullptr;
  }
  if (text.size() <= kMaxKnownTextBytes) by_text_.emplace(text, script);
  return script;
}

StoredScriptPtr ScriptThread::script_of_sha(std::string_view sha, std::string& error) {
  constexpr std::size_t kDigits = 40;
  const StoredScriptPtr script = sha.size() == kDigits ? store_.find(sha) : nullptr;
  if (script == nullptr) {
    error = "NOSCRIPT No matching script. Please use EVAL.";
    return nullptr;
  }
  return prepare(*script, error) ? script : nullptr;
}

void ScriptThread::follow_libraries() {
  Machine& machine = this->machine(Machine::Kind::functions);
  if (libraries_version_ == keyspace_.libraries_version()) return;
  keyspace::Keyspace::Libraries sources;
  {
    const auto lock = keyspace_.lock();
    libraries_version_ = keyspace_.libraries_version();
    sources = keyspace_.libraries();
  }
  by_name_.clear();
  for (auto& [name, library] : libraries_) machine.unload(library.functions);
  libraries_.clear();
  for (const auto& [name, text] : sources) {
    const auto source = read_library(text);
    if (!source) continue;
    LoadedLibrary library{source->name, source->engine, {}};
    if (const auto why = machine.load(source->code, library.functions)) {
      log_error("A library of functions cannot be loaded", {{"library", name}, {"reason", *why}});
      continue;
    }
    libraries_.emplace(name, std::move(library));
  }
  for (const auto& [name, library] : libraries_) {
    for (const ScriptFunction& function : library.functions) {
      by_name_.emplace(lower_case(function.name), Function{&library, &function});
    }
  }
  store_.set_functions(by_name_.size());
}

std::optional<ScriptThread::Function> ScriptThread::function(std::string_view name) {
  follow_libraries();
  const auto found = by_name_.find(lower_case(name));
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

const std::map<std::string, LoadedLibrary, std::less<>>& ScriptThread::libraries() {
  follow_libraries();
  return libraries_;
}

}  // namespace octavo::redis
