// Prepared statements in the binary form, and cursors.

#include <algorithm>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "protocol/mysql/session.h"

namespace octavo::mysql {
namespace {

constexpr std::size_t kEnoughBytes = 64 * kKiB;

// What messages call the commands.
constexpr std::string_view kExecute = "mysqld_stmt_execute";
constexpr std::string_view kFetch = "mysqld_stmt_fetch";
constexpr std::string_view kReset = "mysqld_stmt_reset";

std::unexpected<Error> unknown(std::uint32_t id, std::string_view command) {
  return sql::error<1243>(std::to_string(id), command);
}

}  // namespace

io::Task<void> Session::prepare(BytesView rest) {
  if (rest.empty()) co_return say(sql::error<1065>());
  process_->set_text(rest);
  auto made = co_await statements_->prepare(rest);
  if (!made) co_return say(made.error());
  const PreparedStatement& statement = *made->statement;
  const auto parameters = statement.parameters();
  const auto columns = statement.columns();
  if (parameters.size() > kMaxParameters) co_return say(sql::error<1390>());
  if (columns.size() > std::numeric_limits<std::uint16_t>::max()) {
    co_return say(sql::error<1117>());
  }
  const std::uint32_t id = prepared_.add(std::string(rest), std::move(made->statement));
  if (id == 0) co_return say(sql::error<1461>(std::to_string(service_.counts.prepared.most())));
  const Ending how = standing();
  transport_.put([&](Bytes& out) {
    out.push_back('\0');
    put_le(out, id);
    put_le(out, static_cast<std::uint16_t>(columns.size()));
    put_le(out, static_cast<std::uint16_t>(parameters.size()));
    out.push_back('\0');
    put_le(out, how.warnings);
  });
  for (const auto& part : {parameters, columns}) {
    if (part.empty()) continue;
    say_columns(part);
    if (!has(capability::kDeprecateEof)) {
      transport_.put([&how](Bytes& out) { put_eof(out, how); });
    }
  }
}

io::Task<void> Session::execute(BytesView rest) {
  constexpr std::uint8_t kReadOnlyCursor = 1;
  constexpr std::uint8_t kHasCount = 8;  // said also where the statement has no parameters
  PayloadReader reader(rest);
  const auto id = reader.integer<std::uint32_t>();
  const auto flags = reader.integer<std::uint8_t>();
  const auto iterations = reader.integer<std::uint32_t>();
  if (!id || !flags || !iterations) co_return say(sql::error<1835>());
  Prepared* prepared = prepared_.find(*id);
  if (prepared == nullptr) co_return say(unknown(*id, kExecute));
  prepared->cursor.reset();
  process_->set_text(prepared->text);
  const bool attributes = has(capability::kQueryAttributes);
  const std::size_t count = prepared->statement->parameters().size();
  const ExecuteOptions options{.count = count,
                               .has_count = attributes && (count > 0 || (*flags & kHasCount) != 0),
                               .has_names = attributes};
  auto parameters = read_parameters(reader, options, prepared->long_data, prepared->types);
  const std::optional<Error> fault = std::exchange(prepared->fault, {});
  prepared_.forget_sent(*prepared);
  if (fault) co_return say(*fault);
  if (!parameters) co_return say(sql::error<1210>(kExecute));
  auto answer = co_await prepared->statement->execute(*std::move(parameters));
  if (!answer) co_return say(answer.error());
  auto* rows = std::get_if<std::unique_ptr<Rows>>(&answer->what);
  if (rows != nullptr && (*flags & kReadOnlyCursor) != 0) {
    const Status detached = co_await (*rows)->detach();
    if (!detached) co_return say(detached.error());
    co_return open_cursor(*prepared, std::move(*rows));
  }
  // The usual answers as `reply` gives them, with one task less.
  if (const auto* done = std::get_if<Done>(&answer->what)) co_return say_ok(*done);
  // Both have told what failed.
  [[maybe_unused]] const bool whole =
      rows != nullptr ? co_await send_rows(**rows, RowForm::binary, false)
                      : co_await reply(*std::move(answer), RowForm::binary, false);
}

void Session::open_cursor(Prepared& prepared, std::unique_ptr<Rows> rows) {
  const auto columns = rows->columns();
  transport_.put([&](Bytes& out) { put_length(out, columns.size()); });
  say_columns(columns);
  prepared.cursor = std::make_unique<Cursor>();
  prepared.cursor->rows = std::move(rows);
  say_end(status::kCursorExists);
}

io::Task<void> Session::fetch(BytesView rest) {
  PayloadReader reader(rest);
  const auto id = reader.integer<std::uint32_t>();
  const auto count = reader.integer<std::uint32_t>();
  if (!id || !count) co_return say(sql::error<1835>());
  Prepared* prepared = prepared_.find(*id);
  if (prepared == nullptr) co_return say(unknown(*id, kFetch));
  if (prepared->cursor == nullptr) co_return say(sql::error<1421>(std::to_string(*id)));
  process_->set_text(prepared->text);
  Cursor& cursor = *prepared->cursor;
  RowEncoder encoder(cursor.rows->columns(), RowForm::binary);
  std::size_t left = *count;
  while (left > 0) {
    if (cursor.next == cursor.batch.size()) {
      if (cursor.at_end) break;
      const auto next = co_await cursor.rows->next(cursor.batch);
      if (!next) {
        say(next.error());
        prepared->cursor.reset();
        co_return;
      }
      cursor.next = 0;
      cursor.at_end = !*next;
      continue;
    }
    const std::size_t before = cursor.next;
    Bytes& out = transport_.room();
    const auto encoded = encoder.encode(cursor.batch, cursor.next, left, transport_.sequence(), out,
                                        out.size() + kEnoughBytes);
    if (!encoded) {
      say(encoded.error());
      prepared->cursor.reset();
      co_return;
    }
    left -= cursor.next - before;
    const bool sent = co_await transport_.send();
    if (!sent) {
      closing_ = true;
      co_return;
    }
  }
  const bool last = cursor.at_end && cursor.next == cursor.batch.size();
  if (last) prepared->cursor.reset();
  say_end(last ? status::kLastRowSent : status::kCursorExists);
}

// No reply, whatever happens: the next execution tells.
io::Task<void> Session::send_long_data(BytesView rest) {
  PayloadReader reader(rest);
  const auto id = reader.integer<std::uint32_t>();
  const auto parameter = reader.integer<std::uint16_t>();
  if (!id || !parameter) co_return;
  Prepared* prepared = prepared_.find(*id);
  if (prepared == nullptr) co_return;
  prepared_.append(*prepared, *parameter, reader.rest(), service_.options.max_packet);
}

io::Task<void> Session::close_statement(BytesView rest) {
  if (const auto id = PayloadReader(rest).integer<std::uint32_t>()) prepared_.close(*id);
  co_return;
}

io::Task<void> Session::reset_statement(BytesView rest) {
  const auto id = PayloadReader(rest).integer<std::uint32_t>();
  Prepared* prepared = id ? prepared_.find(*id) : nullptr;
  if (prepared == nullptr) co_return say(unknown(id.value_or(0), kReset));
  prepared_.forget_sent(*prepared);
  prepared->cursor.reset();
  say_ok(Done());
}

}  // namespace octavo::mysql
