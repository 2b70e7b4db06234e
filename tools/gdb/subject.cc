// Something of every type that octavo_gdb.py prints. octavo_gdb_test.py stops in `look`.

#include <string>
#include <vector>

#include "base/id.h"
#include "base/lsn.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo {
namespace {

using value::Value;

[[gnu::noinline]] void look(const Value& row) { asm volatile("" : : "r"(&row) : "memory"); }

int run() {
  const Lsn lsn = Lsn::of(0, LsnOrder{(std::uint64_t{1} << 48) + 4096});  // generation, offset
  const TableId table{300};
  const Bytes key("a\0\"b", 4);
  const BytesView part = BytesView(key).substr(0, 1);
  const Result<Lsn> found = lsn;
  const Result<Value> missing = fail(Code::not_found, "no such row");
  const Status done;
  const Status late = fail(Code::timed_out, "too late");
  std::vector<Value> many(150, Value::int64(7));
  const Value row = Value::object({
      {"id", Value::string("x\"y")},
      {"numbers",
       Value::array({Value::int64(-1), Value::float64(0.5), Value::uint64(1ULL << 63U)})},
      {"flags", Value::array({Value::boolean(true), Value::null(), Value::min_key()})},
      {"at", Value::timestamp({.seconds = 86'400, .nanoseconds = 5, .zone_minutes = 90})},
      {"day", Value::date(365)},
      {"raw", Value::bytes(BytesView("\x01z", 2))},
      {"many", Value::array(std::move(many))},
  });
  look(row);
  return found && !missing && done && !late && part.size() == 1 && raw(table) == 300 ? 0 : 1;
}

}  // namespace
}  // namespace octavo

int main() { return octavo::run(); }
