// Queries of a client, read and run over tables in memory. Whatever they ask for, they end with
// values or an error. An input is several queries, one a line.

#include "base/clock.h"
#include "dialect/reql/testing/workbench.h"
#include "fuzz.h"

namespace reql = octavo::reql;

namespace {

constexpr std::int64_t kTimeLimitNs = 200'000'000;
constexpr std::size_t kMemoryLimitBytes = 64 * octavo::kMiB;
constexpr int kMaxBatches = 20;

void run(reql::Workbench& bench, octavo::MemoryPool& pool, std::string_view json) {
  octavo::value::Account account(pool, kMemoryLimitBytes);
  auto query = reql::parse_query(json, &account);
  if (!query || query->type != reql::QueryType::start) return;
  octavo::function::EvalContext& context = bench.context();
  context.deadline_ns = context.clock->monotonic_ns() + kTimeLimitNs;
  context.account = &account;
  auto execution = reql::Execution::start(*std::move(query), bench.host(), context);
  if (!execution) return;
  for (bool more = (*execution)->is_array(); more;) {
    const auto rows = (*execution)->next_elements();
    more = rows && !rows->empty();
  }
  if ((*execution)->is_atom()) return;
  for (int i = 0; i < kMaxBatches; ++i) {
    const auto batch = (*execution)->next(false);
    if (!batch || batch->ended || (*execution)->is_feed()) return;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = octavo::fuzz::input(data, size);
  octavo::MemoryPool pool("memory", kMemoryLimitBytes);  // stored rows are charged to it
  reql::Workbench bench;
  bench.make_table("t", R"([{"id":1,"a":3,"g":"x"},{"id":2,"a":[1,2],"g":"y"},{"id":"k","g":)"
                        R"({"$reql_type$":"GEOMETRY","type":"Point","coordinates":[1,2]}}])");
  bench.run(R"((index_create (table "t") "a"))");
  bench.run(R"((index_create (table "t") "g" :geo true))");
  bench.host().finish_index_builds();
  bench.context().clock = &octavo::system_clock();
  bench.context().array_limit = 1000;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    run(bench, pool, input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return 0;
}
