#include "protocol/rethinkdb/response.h"

#include <fmt/format.h>

#include "dialect/reql/text/json_out.h"
#include "protocol/rethinkdb/frame.h"
#include "protocol/rethinkdb/row_texts.h"

namespace octavo::rethinkdb {
namespace {

struct ErrorCodes {
  reql::ErrorKind kind;
  int response;
  int error;  // 0: the response has no `e`
};
constexpr int kClientError = 16;
constexpr int kCompileError = 17;
constexpr int kRuntimeError = 18;

constexpr ErrorCodes kErrorCodes[] = {
    {reql::ErrorKind::client, kClientError, 0},
    {reql::ErrorKind::compile, kCompileError, 0},
    {reql::ErrorKind::internal, kRuntimeError, 1000000},
    {reql::ErrorKind::resource_limit, kRuntimeError, 2000000},
    {reql::ErrorKind::query_logic, kRuntimeError, 3000000},
    {reql::ErrorKind::non_existence, kRuntimeError, 3100000},
    {reql::ErrorKind::op_failed, kRuntimeError, 4100000},
    {reql::ErrorKind::interrupted, kRuntimeError, 4100000},
    {reql::ErrorKind::op_indeterminate, kRuntimeError, 4200000},
    {reql::ErrorKind::user, kRuntimeError, 5000000},
    {reql::ErrorKind::permission, kRuntimeError, 6000000},
};

void put_profile(const std::optional<double>& duration_ms, Bytes& out) {
  if (!duration_ms) return;
  out += fmt::format(R"json(,"p":[{{"description":"Evaluating query.",)json"
                     R"json("duration(ms)":{:.6f},"sub_tasks":[]}}])json",
                     *duration_ms);
}

void put_backtrace(const reql::Backtrace& frames, Bytes& out) {
  out += ",\"b\":[";
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i > 0) out.push_back(',');
    if (const auto* position = std::get_if<std::int32_t>(&frames[i])) {
      out += std::to_string(*position);
    } else {
      reql::write_json_string(std::get<std::string>(frames[i]), out);
    }
  }
  out.push_back(']');
}

}  // namespace

void put_response(std::int64_t token, ResponseType type, std::span<const value::Value> rows,
                  const ResponseOptions& options, Bytes& out) {
  value::Charge charge(options.account);
  const std::size_t start = begin_frame(out);
  out += fmt::format("{{\"t\":{},\"r\":[", static_cast<int>(type));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) out.push_back(',');
    const Status written = options.row_texts == nullptr
                               ? reql::write_json(rows[i], out, &charge)
                               : options.row_texts->write_document(rows[i], out, &charge);
    if (!written) {
      out.resize(start);
      return put_error(token, {reql::kind_of(written.error().code), written.error().what, {}},
                       options.duration_ms, out);
    }
  }
  out.push_back(']');
  put_profile(options.duration_ms, out);
  if (options.show_notes) {
    out += ",\"n\":[";
    for (std::size_t i = 0; i < options.notes.size(); ++i) {
      if (i > 0) out.push_back(',');
      out += std::to_string(options.notes[i]);
    }
    out.push_back(']');
  }
  out.push_back('}');
  end_frame(start, token, out);
}

void put_error(std::int64_t token, const reql::ReqlError& error, std::optional<double> duration_ms,
               Bytes& out) {
  const ErrorCodes* codes = &kErrorCodes[2];
  for (const ErrorCodes& row : kErrorCodes) {
    if (row.kind == error.kind) codes = &row;
  }
  const std::size_t start = begin_frame(out);
  out += fmt::format("{{\"t\":{}", codes->response);
  if (codes->error != 0) out += fmt::format(",\"e\":{}", codes->error);
  out += ",\"r\":[";
  reql::write_json_string(error.message, out);
  out.push_back(']');
  put_backtrace(error.backtrace, out);
  put_profile(duration_ms, out);
  out.push_back('}');
  end_frame(start, token, out);
}

reql::ReqlError client_error(std::string message) {
  return {reql::ErrorKind::client, std::move(message), {}};
}

}  // namespace octavo::rethinkdb
