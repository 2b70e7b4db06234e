#pragma once

// Scripts of statements. A statement makes a program where it is parsed; whoever evaluates it
// calls its functions, for row after row and on whatever thread. Each thread makes an engine for
// it at the first call and keeps that for the next ones: programs share none, so that no statement
// sees anything of another. Globals that scripts change last as long as the thread goes on with
// the statement and keeps the engine, which nobody should count upon.

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "function/family.h"
#include "function/javascript/engine.h"
#include "value/value.h"

namespace octavo::javascript {

// An array: an object of globals, and the sources of functions. Its identity is that of the
// program: copies of the value are the same program.
value::Value make_program(const value::Value& globals, std::span<const std::string> sources);

// `type_mismatch` for a value that is no program. `kept`: what the call gave to `native.keep`.
Result<value::Value> call(const Environment& environment, const value::Value& program,
                          const FunctionCall& call, function::EvalContext& context,
                          std::vector<value::Value>* kept = nullptr);
Result<bool> call_truth(const Environment& environment, const value::Value& program,
                        const FunctionCall& call, function::EvalContext& context);

}  // namespace octavo::javascript
