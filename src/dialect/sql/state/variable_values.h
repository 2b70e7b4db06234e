#pragma once

// What variables are set to: the server's, and each session's own that began with them.

#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "dialect/sql/state/variable_row.h"
#include "function/notes.h"
#include "value/value.h"

namespace octavo::sql {

class VariableValues {
 public:
  VariableValues();  // the fallbacks

  // Of a variable that is not live.
  value::Value get(const VariableRow& row) const;
  // A value that `checked_value` has made.
  void put(const VariableRow& row, value::Value value);

  // By a name that there is.
  std::string_view text(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::uint64_t number(std::string_view name) const;

 private:
  std::vector<value::Value> values_;  // by number
};

// What a row keeps of a value that a client gave: numbers and words are told apart as MySQL does,
// what is out of bounds becomes the nearest (a note, or 1231 where `strict`). 1231, 1232.
struct GivenValue {
  value::Value value;
  bool strict = false;
};
Result<value::Value> checked_value(const VariableRow& row, const GivenValue& given,
                                   function::Notes& notes);
// The row's fallback. Null: it may be null, and is.
value::Value fallback_of(const VariableRow& row);

// As SHOW VARIABLES has it.
std::string shown_text(const VariableRow& row, const value::Value& value);

// The server's. Thread-safe.
class GlobalVariables {
 public:
  VariableValues all() const {
    const MutexLock lock(mutex_);
    return values_;
  }
  value::Value get(const VariableRow& row) const {
    const MutexLock lock(mutex_);
    return values_.get(row);
  }
  void put(const VariableRow& row, value::Value value) {
    const MutexLock lock(mutex_);
    values_.put(row, std::move(value));
  }
  // Facts of the server: the variable of that name, which there is.
  void put(std::string_view name, value::Value value);

 private:
  mutable Mutex mutex_;
  VariableValues values_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::sql
