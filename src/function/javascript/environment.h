#pragma once

// What scripts of a dialect find around them: its types, functions and globals.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::javascript {

// A type of values that JavaScript has not: an object that its constructor makes of parts. Parts
// are values that JavaScript has: strings, numbers, booleans, arrays and objects of them.
//
// The constructor is a function of the environment's source that is given to `native.type`; it is
// called with the parts, and says `native.mark(this, name, [part, …])`. Scripts can neither see nor
// change the mark. An int32 is a number, whatever rows there are of integers.
struct TypeRow {
  value::Type type;
  std::string_view name;
  // Null: values come to scripts by another row of their type, if any.
  std::vector<value::Value> (*parts_of)(const value::Value& value);
  // Null: values of the type come back by the constructor of another row. Parts are whatever
  // scripts gave the constructor.
  Result<value::Value> (*value_of)(std::span<const value::Value> parts) = nullptr;
};

// A function that the environment's source finds as `native.<name>`. An error is thrown there.
struct NativeRow {
  std::string_view name;
  Result<value::Value> (*run)(std::span<const value::Value> arguments);
};

// What a script threw and did not catch.
struct Uncaught {
  std::string text;       // "TypeError: …" of an error, else what was thrown as a string
  bool is_error = false;  // an object of the language's errors
  bool is_limit = false;  // not thrown: it took too much, as the text says
  std::int32_t line = 0;  // of the script, from 1; 0: not known
};

// Each a constant: engines are told apart by its address.
struct Environment {
  // A function of one argument, `native`, which is called once for each engine: it defines globals.
  // Beside the rows `native` has: type(name, constructor), mark, parts(object) → [part, …] or
  // undefined, name(object) → name or undefined, keep(value) (Engine::take_kept), sleep(ms).
  std::string_view source;
  std::span<const TypeRow> types;
  std::span<const NativeRow> natives;
  // The value as one that JavaScript or a row has. Null: all types that come are there.
  value::Value (*simplified)(const value::Value& value) = nullptr;
  // How the dialect says that a script failed: with what it threw, or with a text alone.
  Error (*failure)(const Uncaught& thrown) = nullptr;
};

}  // namespace octavo::javascript
