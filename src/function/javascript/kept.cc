#include "function/javascript/kept.h"

#include <algorithm>
#include <list>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "value/account.h"
#include "value/document.h"

namespace octavo::javascript {
namespace {

using value::Value;

// Of a thread: what it keeps between calls is charged to nobody.
constexpr std::size_t kMostEngines = 16;
constexpr std::size_t kMostEngineBytes = 2 * kMiB;

Result<std::unique_ptr<Engine>> make_engine(const Environment& environment, const Value& program,
                                            function::EvalContext& context) {
  const value::ArrayView parts = program.as_array();
  TRY(std::unique_ptr<Engine> engine, Engine::make(environment, context));
  if (parts.front().is_object()) {
    for (const value::Field& field : parts.front().as_object()) {
      TRY_STATUS(engine->set_global(field.name, field.value, context));
    }
  }
  for (const Value& source : parts.subspan(1)) {
    if (!source.is_string()) return fail(Code::type_mismatch, "a script is no text");
    TRY_STATUS(engine->compile(source.as_string(), context));
  }
  return engine;
}

// The last ones of a thread, the latest first.
class Kept {
 public:
  Result<Engine*> find(const Environment& environment, const Value& program,
                       function::EvalContext& context) {
    const auto same = [&](const Entry& entry) {
      return entry.environment == &environment &&
             entry.program.as_array().data() == program.as_array().data();
    };
    const auto found = std::ranges::find_if(entries_, same);
    if (found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
      return entries_.front().engine.get();
    }
    TRY(auto engine, make_engine(environment, program, context));
    entries_.push_front({&environment, program, std::move(engine)});
    if (entries_.size() > kMostEngines) entries_.pop_back();
    return entries_.front().engine.get();
  }

  // After a call of the latest one.
  void settle(function::EvalContext& context) {
    Engine& engine = *entries_.front().engine;
    if (!engine.is_over() && engine.bytes() > kMostEngineBytes) engine.collect_garbage(context);
    if (engine.is_over() || engine.bytes() > kMostEngineBytes) entries_.pop_front();
  }

 private:
  struct Entry {
    const Environment* environment;
    Value program;  // so that no other has its address
    std::unique_ptr<Engine> engine;
  };
  std::list<Entry> entries_;
};

Kept& kept_here() {
  thread_local Kept of_thread;
  return of_thread;
}

bool is_program(const Value& program) {
  return program.is_array() && program.as_array().size() > 1;
}

template <class Run>
auto with_engine(const Environment& environment, const Value& program, const FunctionCall& call,
                 function::EvalContext& context, Run run)
    -> decltype(run(std::declval<Engine&>())) {
  if (!is_program(program) || call.function + 1 >= program.as_array().size()) {
    return fail(Code::type_mismatch, "a script is no program");
  }
  TRY(Engine * engine, kept_here().find(environment, program, context));
  auto result = run(*engine);
  kept_here().settle(context);
  return result;
}

}  // namespace

namespace {

// In memory of its own.
Value copy_of(const Value& value) {
  if (!value.is_object()) return Value();
  Bytes encoded;
  if (!value::encode_document(value, encoded)) return Value();
  return value::decode_document(encoded).value_or(Value());
}

}  // namespace

Value make_program(const Value& globals, std::span<const std::string> sources) {
  // It may outlive the statement's account.
  const value::Account::Use nobody(nullptr);
  std::vector<Value> parts{copy_of(globals)};
  for (const std::string& source : sources) parts.push_back(Value::string(source));
  return Value::array(std::move(parts));
}

Result<Value> call(const Environment& environment, const Value& program, const FunctionCall& call,
                   function::EvalContext& context, std::vector<Value>* kept) {
  return with_engine(environment, program, call, context, [&](Engine& engine) {
    Result<Value> result = engine.call(call, context);
    std::vector<Value> taken = engine.take_kept();
    if (kept != nullptr) *kept = std::move(taken);
    return result;
  });
}

Result<bool> call_truth(const Environment& environment, const Value& program,
                        const FunctionCall& call, function::EvalContext& context) {
  return with_engine(environment, program, call, context,
                     [&](Engine& engine) { return engine.call_truth(call, context); });
}

}  // namespace octavo::javascript
