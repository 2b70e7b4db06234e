#include "protocol/rethinkdb/response.h"

#include <fmt/format.h>

#include <utility>

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

Response::Response(std::int64_t token, ResponseType type, const ResponseOptions& options,
                   Bytes& out)
    : token_(token),
      options_(options),
      out_(out),
      charge_(options.account),
      start_(begin_frame(out)) {
  out_ += fmt::format("{{\"t\":{},\"r\":[", static_cast<int>(type));
  if (options_.is_array) out_.push_back('[');
}

bool Response::add(std::span<const value::Value> values) {
  for (const value::Value& value : values) {
    if (std::exchange(any_, true)) out_.push_back(',');
    const Status written = options_.row_texts == nullptr
                               ? reql::write_json(value, out_, &charge_)
                               : options_.row_texts->write_document(value, out_, &charge_);
    if (!written) {
      out_.resize(start_);
      put_error(token_, {reql::kind_of(written.error().code), written.error().what, {}},
                options_.duration_ms, out_);
      return false;
    }
  }
  return true;
}

void Response::end(std::optional<double> duration_ms) {
  if (options_.is_array) out_.push_back(']');
  out_.push_back(']');
  put_profile(duration_ms, out_);
  if (options_.show_notes) {
    out_ += ",\"n\":[";
    for (std::size_t i = 0; i < options_.notes.size(); ++i) {
      if (i > 0) out_.push_back(',');
      out_ += std::to_string(options_.notes[i]);
    }
    out_.push_back(']');
  }
  out_.push_back('}');
  end_frame(start_, token_, out_);
}

void put_response(std::int64_t token, ResponseType type, std::span<const value::Value> rows,
                  const ResponseOptions& options, Bytes& out) {
  Response response(token, type, options, out);
  if (response.add(rows)) response.end(options.duration_ms);
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
