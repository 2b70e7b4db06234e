#pragma once

// What a row of names sees of a call that is bound: its arguments, what they convert to, and how
// the call of an operation is made.
//
//   Result<Typed> bind_left(CallBinder& call) {
//     TRY_STATUS(call.to_text(0));
//     TRY_STATUS(call.to_integer(1));
//     return call.make(kLeft, text_type(call.type(0).collation(), call.type(0).width));
//   }

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/sql/ast/type.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

struct NameRow;

// An argument as it was written.
struct CallArgument {
  Typed value;                   // of a word or a type: the constant null
  std::string_view before = {};  // the word before it, lower case: `leading`, `from`, `using`
  std::string_view word = {};    // a word in its place; or the unit of INTERVAL. Upper case
  bool is_interval = false;      // INTERVAL value word
  const DataType* data_type = nullptr;  // a type in its place
};

class CallBinder {
 public:
  // `name`: as messages have it, upper case.
  CallBinder(std::string_view name, std::vector<CallArgument> arguments, const CallContext& context)
      : name_(name), arguments_(std::move(arguments)), context_(context) {}

  std::string_view name() const { return name_; }
  std::size_t size() const { return arguments_.size(); }
  CallArgument& argument(std::size_t i) { return arguments_[i]; }
  Typed& operator[](std::size_t i) { return arguments_[i].value; }
  const Type& type(std::size_t i) const { return arguments_[i].value.type; }
  // Types of the arguments from `first` on.
  std::vector<Type> types(std::size_t first = 0) const;
  bool any_nullable() const;
  const CallContext& context() const { return context_; }
  const SessionFacts& session() const { return context_.session; }

  // The value of an argument that is constant once it is computed, of the form of its kind; null:
  // it is not. An argument that fails is none.
  const value::Value* constant(std::size_t i);

  // Converts an argument as MySQL does without being asked, with 1292 where something is lost. The
  // argument's type is `to`, but keeps whether it may be null, and the collation's strength where
  // both are texts. Does nothing if it is of that kind already.
  Status convert(std::size_t i, const Type& to);
  // To a text, of its own length and collation; a number or a time in the session's collation.
  Status to_text(std::size_t i);
  // To a text, or bytes as they are.
  Status to_string(std::size_t i);
  Status to_bytes(std::size_t i);
  Status to_integer(std::size_t i);
  Status to_double(std::size_t i);
  // To an integer, decimal or real: which of them, it says itself; texts and times with a fraction
  // to real.
  Status to_number(std::size_t i);
  Status to_datetime(std::size_t i);
  Status to_date(std::size_t i);
  Status to_time(std::size_t i);
  // To JSON: a text is a scalar of JSON, never read (`parse_json` does that, 3141).
  Status to_json(std::size_t i);
  // To JSON; a text is read as such, when it runs. `number`: of the argument in messages, from 1.
  Status parse_json(std::size_t i);
  Status to_condition(std::size_t i);
  // All of them to their common type, which it returns.
  Result<Type> to_common(std::size_t first = 0);
  // The collation of the texts among them; and theirs becomes it.
  Result<const value::Collation*> to_common_collation(std::size_t first = 0);

  // A call of the operation with the arguments as they are now, then the `constants`. If the
  // operation is strict, it may be null when an argument may; `type.nullable` adds to that.
  Typed make(std::uint16_t operation, Type type, std::vector<value::Value> constants = {});
  // With these arguments only.
  Typed make_of(std::uint16_t operation, std::vector<Typed> arguments, Type type);

  std::unexpected<Error> wrong_arguments() const;  // 1210
  std::unexpected<Error> wrong_count() const;      // 1582
  std::unexpected<Error> not_supported() const;    // 1235

 private:
  std::string name_;
  std::vector<CallArgument> arguments_;
  CallContext context_;
};

// The call of a function by name: 1582 for a number of arguments that it does not take.
Result<Typed> bind_call(const NameRow& row, std::vector<CallArgument> arguments,
                        const CallContext& context);

}  // namespace octavo::sql
