#pragma once

// Scripts as requests of MongoDB give them: the code of a function, or of a body, in a string or
// as code. They run as function/javascript says; what goes wrong has MongoDB's codes: 139
// (JSInterpreterFailure) for what a script throws and for what it takes too much of, 50 and 11601
// for a statement that is over, 146 for memory that the statement cannot have.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "function/family.h"
#include "function/javascript/kept.h"
#include "value/value.h"

namespace octavo::mongodb {

// Whether scripts run at all: one setting for the process, as MongoDB has it. From any thread.
bool scripts_allowed();
void allow_scripts(bool allowed);
// 31264 where they do not.
Status check_scripts_allowed();

// Whether it is the code of a script: a string, or code without a scope.
bool is_code(const value::Value& code);
std::string_view code_of(const value::Value& code);

// The code as an expression that gives a function: what does not begin with "function" is the body
// of one; an expression there is what it returns.
std::string function_source(std::string_view code);

// A program (function/javascript/kept.h) of such codes. `globals`: an object, or null.
value::Value make_script(const value::Value& globals, std::span<const std::string_view> codes);

Result<value::Value> call_script(const value::Value& program, const javascript::FunctionCall& call,
                                 function::EvalContext& context);
Result<bool> call_script_truth(const value::Value& program, const javascript::FunctionCall& call,
                               function::EvalContext& context);
// What the call emitted: {k, v} each.
Result<std::vector<value::Value>> call_script_emits(const value::Value& program,
                                                    const javascript::FunctionCall& call,
                                                    function::EvalContext& context);

}  // namespace octavo::mongodb
