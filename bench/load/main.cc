// octavo_load <protocol> <operation> --port N [options]: prints one JSON line.

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include <cstdio>

#include "load.h"
#include "ycsb.h"

namespace octavo::load {

namespace {

std::vector<std::string_view> with_ycsb(std::vector<std::string_view> operations) {
  for (const std::string_view operation :
       {ycsb::kRead, ycsb::kReadLatest, ycsb::kUpdate, ycsb::kInsert, ycsb::kScan}) {
    operations.push_back(operation);
  }
  return operations;
}

}  // namespace

std::vector<DialectRow> dialects() {
  return {{"redis",
           {"ping", "set", "get", "incr", "lpush", "hset", "zadd", "publish"},
           make_redis,
           nullptr,
           listen_redis},
          {"rethinkdb", with_ycsb({"insert", "replace", "get", "update"}), make_rethinkdb,
           prepare_rethinkdb, listen_rethinkdb},
          {"mysql", with_ycsb({"select_1", "get", "get_prepared", "update"}), make_mysql,
           prepare_mysql, nullptr},
          {"mongodb", with_ycsb({}), make_mongodb, prepare_mongodb, nullptr}};
}

}  // namespace octavo::load

int main(int argc, char** argv) {
  using namespace octavo::load;
  Plan plan;
  std::string protocol;
  std::string mix;
  CLI::App app("Drives a load over one protocol and prints what came back, as one JSON line.");
  app.add_option("protocol", protocol, "redis, rethinkdb, mysql or mongodb")->required();
  std::string operations = "one, or a mix such as get:9,set:1;";
  for (const DialectRow& row : dialects()) {
    operations += fmt::format(" {}: {};", row.name, fmt::join(row.operations, " "));
  }
  app.add_option("operation", mix, operations)->required();
  app.add_option("--host", plan.host);
  app.add_option("--port", plan.port)->required();
  app.add_option("--connections", plan.connections);
  app.add_option("--pipeline", plan.pipeline, "requests under way on each connection");
  app.add_option("--batch", plan.batch, "documents in one insert");
  app.add_option("--value-bytes", plan.value_bytes);
  app.add_option("--keys", plan.key_space, "how many keys there are");
  app.add_flag("--hard", plan.hard, "durability on disk");
  app.add_option("--warm-up", plan.warm_up_s, "seconds before counting");
  app.add_option("--seconds", plan.seconds, "seconds of counting");
  app.add_option("--listeners", plan.listeners, "feeds (rethinkdb) or subscribers (redis)");
  app.add_flag("--lockstep", plan.lockstep, "write when every listener has seen the write before");
  CLI11_PARSE(app, argc, argv);
  for (const DialectRow& row : dialects()) {
    if (row.name != protocol) continue;
    auto parsed = parse_mix(mix, row);
    if (!parsed) {
      std::fprintf(stderr, "octavo_load: %s\n", parsed.error().what.c_str());
      return 2;
    }
    plan.mix = *std::move(parsed);
    if (plan.lockstep && plan.mix.size() > 1) {
      std::fprintf(stderr, "octavo_load: --lockstep goes with one operation\n");
      return 2;
    }
    const auto report = run(plan, row);
    if (!report) {
      std::fprintf(stderr, "octavo_load: %s\n", report.error().what.c_str());
      return 1;
    }
    std::printf(
        "{\"protocol\":\"%s\",\"operation\":\"%s\",\"connections\":%zu,\"pipeline\":%zu,"
        "\"batch\":%zu,\"per_second\":%.0f,\"p50_us\":%.0f,\"p95_us\":%.0f,"
        "\"p99_us\":%.0f,\"p999_us\":%.0f,\"max_us\":%.0f,\"listeners\":%zu,\"delivered_per_"
        "second\":%.0f,"
        "\"feed_p50_us\":%.0f,\"feed_p95_us\":%.0f,\"feed_max_us\":%.0f,"
        "\"errors\":%llu}\n",
        protocol.c_str(), mix.c_str(), plan.connections, plan.pipeline, plan.batch,
        static_cast<double>(report->operations) / report->seconds, report->p50_us, report->p95_us,
        report->p99_us, report->p999_us, report->max_us, plan.listeners,
        static_cast<double>(report->delivered) / report->seconds, report->feed_p50_us,
        report->feed_p95_us, report->feed_max_us, static_cast<unsigned long long>(report->errors));
    if (report->errors > 0) std::fprintf(stderr, "first error: %s\n", report->first_error.c_str());
    return 0;
  }
  std::fprintf(stderr, "octavo_load: no protocol is named %s\n", protocol.c_str());
  return 2;
}
