#include "function/javascript/natives.h"

#include <algorithm>
#include <thread>

#include "value/value.h"

namespace octavo::javascript {
namespace {

using value::Value;

// type(name, constructor)
duk_ret_t set_type(duk_context* machine) {
  duk_require_string(machine, 0);
  duk_require_function(machine, 1);
  push_stashed(machine, stash::kTypes);
  duk_dup(machine, 0);
  duk_dup(machine, 1);
  duk_put_prop(machine, -3);
  return 0;
}

// mark(object, name, parts)
duk_ret_t mark(duk_context* machine) {
  duk_require_object(machine, 0);
  duk_require_string(machine, 1);
  duk_dup(machine, 1);
  duk_put_prop_string(machine, 0, hidden::kName);
  duk_dup(machine, 2);
  duk_put_prop_string(machine, 0, hidden::kParts);
  return 0;
}

duk_ret_t property(duk_context* machine, const char* key) {
  if (duk_is_object(machine, 0) == 0) return 0;
  duk_get_prop_string(machine, 0, key);
  return 1;
}
duk_ret_t parts(duk_context* machine) { return property(machine, hidden::kParts); }
duk_ret_t name(duk_context* machine) { return property(machine, hidden::kName); }

duk_ret_t keep(duk_context* machine) {
  with_values(machine, [&] { core_of(machine).kept.push_back(value_at(machine, 0)); });
  return 0;
}

duk_ret_t sleep_millis(duk_context* machine) {
  constexpr double kStep = 5;
  for (double left = duk_require_number(machine, 0); left > 0; left -= kStep) {
    if (core_of(machine).must_end()) throw_text(machine, "ended");
    std::this_thread::sleep_for(
        std::chrono::microseconds(static_cast<std::int64_t>(std::min(left, kStep) * 1000)));
  }
  return 0;
}

duk_ret_t run_row(duk_context* machine) {
  const auto at = static_cast<std::size_t>(duk_get_current_magic(machine));
  const NativeRow& row = core_of(machine).environment.natives[at];
  return with_values(machine, [&]() -> duk_ret_t {
    std::vector<Value> arguments;
    for (duk_idx_t i = 0; i < duk_get_top(machine); ++i) {
      arguments.push_back(value_at(machine, i));
    }
    const Result<Value> result = row.run(arguments);
    if (!result) throw_text(machine, result.error().what);
    push_value(machine, *result);
    return 1;
  });
}

struct BuiltIn {
  const char* name;
  duk_c_function run;
  duk_idx_t arguments;
};
constexpr BuiltIn kBuiltIn[] = {
    {"type", set_type, 2}, {"mark", mark, 3}, {"parts", parts, 1},
    {"name", name, 1},     {"keep", keep, 1}, {"sleep", sleep_millis, 1},
};

}  // namespace

void push_natives(duk_context* machine) {
  duk_push_object(machine);
  for (const BuiltIn& row : kBuiltIn) {
    duk_push_c_function(machine, row.run, row.arguments);
    duk_put_prop_string(machine, -2, row.name);
  }
  const auto rows = core_of(machine).environment.natives;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    push_text(machine, rows[i].name);
    duk_push_c_function(machine, run_row, DUK_VARARGS);
    duk_set_magic(machine, -1, static_cast<duk_int_t>(i));
    duk_put_prop(machine, -3);
  }
}

}  // namespace octavo::javascript
