#pragma once

// A machine that runs scripts: its own heap, the globals of an environment, and functions that were
// compiled in it. Nothing in it is shared with others.
//
//   TRY(const auto engine, Engine::make(environment, context));
//   TRY_STATUS(engine->compile("function (x) { return x + 1; }", context));
//   TRY(const Value two, engine->call({.arguments = {&one, 1}}, context));
//
// `context` is the statement's: its end and deadline end the script (cancelled, timed_out), its
// account pays for the heap while it runs (resource_exhausted). What else goes wrong is what the
// environment says of it (Environment::failure). A script that is ended by the first of these
// leaves an engine that is over.
//
// One thread at a time. Never on an I/O thread: a script may take a minute.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "function/family.h"
#include "function/javascript/environment.h"
#include "value/value.h"

namespace octavo::javascript {

struct Core;

struct FunctionCall {
  std::size_t function = 0;            // of those that were compiled, from 0
  const value::Value* self = nullptr;  // `this`; null: the global object
  std::span<const value::Value> arguments = {};
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> make(const Environment& environment,
                                              function::EvalContext& context);
  ~Engine();

  // An expression that gives a function, as one more.
  Status compile(std::string_view source, function::EvalContext& context);
  Status set_global(std::string_view name, const value::Value& value,
                    function::EvalContext& context);

  // What the function returns: `undefined` where it is nothing, no value of BSON.
  Result<value::Value> call(const FunctionCall& call, function::EvalContext& context);
  // Whether that is true, as the language has it.
  Result<bool> call_truth(const FunctionCall& call, function::EvalContext& context);
  // What the last call has given to `native.keep`.
  std::vector<value::Value> take_kept();

  bool is_over() const;
  std::size_t bytes() const;
  void collect_garbage(function::EvalContext& context);

 private:
  explicit Engine(std::unique_ptr<Core> core);
  // Runs something in the machine, or says what it threw.
  template <class Work>
  Status run(function::EvalContext& context, Work work);

  std::unique_ptr<Core> core_;
};

}  // namespace octavo::javascript
