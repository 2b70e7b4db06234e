// The commands, and those that need no language.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "protocol/common/connection_table.h"
#include "protocol/mysql/session.h"

namespace octavo::mysql {

struct Session::Command {
  std::uint8_t number;
  const char* name;
  io::Task<void> (Session::*run)(BytesView rest);
};

// A number that is not here is error 1047.
const Session::Command Session::kCommands[] = {
    {0x01, "Quit", &Session::quit},
    {0x02, "Init DB", &Session::use},
    {0x03, "Query", &Session::query},
    {0x04, "Field List", &Session::list_fields},
    {0x08, "Shutdown", &Session::refuse},
    {0x09, "Statistics", &Session::tell_statistics},
    {0x0a, "Processlist", &Session::list_processes},
    {0x0c, "Kill", &Session::kill},
    {0x0d, "Debug", &Session::debug},
    {0x0e, "Ping", &Session::ping},
    {0x11, "Change user", &Session::change_user},
    {0x12, "Binlog Dump", &Session::refuse_log},
    {0x15, "Register Replica", &Session::refuse_log},
    {0x16, "Prepare", &Session::prepare},
    {0x17, "Execute", &Session::execute},
    {0x18, "Long Data", &Session::send_long_data},
    {0x19, "Close stmt", &Session::close_statement},
    {0x1a, "Reset stmt", &Session::reset_statement},
    {0x1b, "Set option", &Session::set_option},
    {0x1c, "Fetch", &Session::fetch},
    {0x1e, "Binlog Dump GTID", &Session::refuse_log},
    {0x1f, "Reset Connection", &Session::reset_connection},
};

io::Task<void> Session::serve_commands() {
  constexpr std::size_t kKeptBytes = 64 * kKiB;
  while (!closing_) {
    if (command_.capacity() > kKeptBytes) Bytes().swap(command_);
    transport_.begin_command();
    settle();
    set_patience();
    const bool got = co_await transport_.read(command_);
    if (!got) co_return;
    settle();
    co_await answer();
    if (process_->has_ended_itself()) closing_ = true;
    if (transport_.send_at_once()) continue;
    const bool sent = co_await transport_.flush();
    if (!sent) co_return;
  }
}

io::Task<void> Session::answer() {
  connection_.info().commands.add(1);
  service_.counts.questions.fetch_add(1, std::memory_order_relaxed);
  const auto number = command_.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(command_[0]);
  const auto* command = std::ranges::find(kCommands, number, &Command::number);
  if (command == std::end(kCommands)) co_return say(sql::error<1047>());
  connection_.info().set_last_command(command->name);
  process_->begin(command->name, connection_.executor().now_ns());
  running_ = true;
  co_await (this->*command->run)(BytesView(command_).substr(1));
  running_ = false;
  process_->end(connection_.executor().now_ns());
}

io::Task<void> Session::quit(BytesView) {
  closing_ = true;
  co_return;
}

io::Task<void> Session::use(BytesView rest) {
  const auto used = co_await statements_->use(std::string(rest));
  if (!used) co_return say(used.error());
  say_ok(Done());
}

io::Task<void> Session::list_fields(BytesView rest) {
  PayloadReader reader(rest);
  const auto table = reader.zero_ended();
  if (!table) co_return say(sql::error<1835>());
  const auto fields = co_await statements_->fields(std::string(*table), std::string(reader.rest()));
  if (!fields) co_return say(fields.error());
  for (const Field& field : *fields) {
    transport_.put(
        [&field](Bytes& out) { put_column_with_default(out, field.column, field.fallback); });
  }
  say_end();
}

// What a client of the database may not do to the server.
io::Task<void> Session::refuse(BytesView) { co_return say(sql::error<1227>("SHUTDOWN")); }

io::Task<void> Session::refuse_log(BytesView) {
  co_return say(sql::error<1227>("REPLICATION SLAVE"));
}

// A text and nothing else. Of what MySQL counts there only some is anything here.
io::Task<void> Session::tell_statistics(BytesView) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t seconds =
      (service_.context.clock.monotonic_ns() - service_.started_ns) / kSecond;
  const std::uint64_t questions = service_.counts.questions.load(std::memory_order_relaxed);
  const double rate =
      static_cast<double>(questions) / static_cast<double>(std::max<std::int64_t>(seconds, 1));
  const std::size_t threads = service_.context.connections.count(connection_.info().protocol);
  transport_.put([&](Bytes& out) {
    out += fmt::format(
        "Uptime: {}  Threads: {}  Questions: {}  Slow queries: 0  Opens: 0  Flush tables: 0  "
        "Open tables: 0  Queries per second avg: {:.3f}",
        seconds, threads, questions, rate);
  });
  co_return;
}

io::Task<void> Session::list_processes(BytesView) {
  constexpr std::string_view kText = "SHOW PROCESSLIST";
  process_->set_text(kText);
  auto answer = co_await statements_->run(kText, std::vector<Parameter>());
  if (!answer) co_return say(answer.error());
  [[maybe_unused]] const bool whole =
      co_await reply(*std::move(answer), RowForm::text, false);  // it has told what failed
}

io::Task<void> Session::kill(BytesView rest) {
  const auto id = PayloadReader(rest).integer<std::uint32_t>();
  if (!id) co_return say(sql::error<1835>());
  const Status killed = service_.processes.kill(connection_.info(), *id, Kill::connection);
  if (!killed) co_return say(killed.error());
  say_ok(Done());
}

// MySQL writes its state to its log. Ours is in the metrics, for those who may see it.
io::Task<void> Session::debug(BytesView) {
  say_end();
  co_return;
}

io::Task<void> Session::ping(BytesView) {
  say_ok(Done());
  co_return;
}

io::Task<void> Session::set_option(BytesView rest) {
  constexpr std::uint16_t kMultiOn = 0;
  constexpr std::uint16_t kMultiOff = 1;
  const auto option = PayloadReader(rest).integer<std::uint16_t>();
  if (!option || *option > kMultiOff) co_return say(sql::error<1047>());
  statements_->allow_multi_statements(*option == kMultiOn);
  say_end();
}

}  // namespace octavo::mysql
