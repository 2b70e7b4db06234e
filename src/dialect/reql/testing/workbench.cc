#include "dialect/reql/testing/workbench.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "algebra/parse.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/text/json_out.h"

namespace octavo::reql {
namespace {

// BETWEEN has an old number under the same name; the newest wins.
std::optional<algebra::FunctionId> find_by_name(std::string_view name) {
  std::optional<algebra::FunctionId> found;
  for (const Term* term : all_terms()) {
    if (term->name != name) continue;
    if (!found || term->number > found->number) found = term::id(term->number);
  }
  return found;
}

std::string_view kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::client: return "CLIENT";
    case ErrorKind::compile: return "COMPILE";
    case ErrorKind::internal: return "INTERNAL";
    case ErrorKind::resource_limit: return "RESOURCE_LIMIT";
    case ErrorKind::query_logic: return "QUERY_LOGIC";
    case ErrorKind::non_existence: return "NON_EXISTENCE";
    case ErrorKind::interrupted: return "INTERRUPTED";
    case ErrorKind::op_failed: return "OP_FAILED";
    case ErrorKind::op_indeterminate: return "OP_INDETERMINATE";
    case ErrorKind::user: return "USER";
    case ErrorKind::permission: return "PERMISSION";
  }
  return "";
}

std::string print_error(const ReqlError& error) {
  std::string out = fmt::format("{} {}", kind_name(error.kind), error.message);
  if (error.backtrace.empty()) return out;
  out += " [";
  for (const Frame& frame : error.backtrace) {
    if (out.back() != '[') out += ',';
    const auto* position = std::get_if<std::int32_t>(&frame);
    out += position != nullptr ? std::to_string(*position) : std::get<std::string>(frame);
  }
  return out + "]";
}

std::string to_json(const Value& value) {
  std::string out;
  const Status written = write_json(value, out);
  return written ? out : written.error().what;
}

Query query_of(std::string_view text, std::vector<algebra::Option> options) {
  Query query;
  query.writes = true;
  query.options = std::move(options);
  auto term = algebra::parse_expression(text, find_by_name);
  // A test with a text that does not parse is wrong, not failing.
  ASSERT(term.has_value());
  query.term = *std::move(term);
  return query;
}

}  // namespace

Workbench::Workbench() : host_(context_) { context_.now_ns = 1'400'000'000'123'000'000; }

std::string Workbench::run(std::string_view text, std::vector<algebra::Option> options) {
  auto started = Execution::start(query_of(text, std::move(options)), host_, context_);
  if (!started) return print_error(started.error());
  Execution& execution = **started;
  std::vector<Value> rows;
  while (execution.is_array()) {
    auto elements = execution.next_elements();
    if (!elements) return print_error(elements.error());
    if (elements->empty()) return to_json(Value::array(std::move(rows)));
    std::ranges::move(*elements, std::back_inserter(rows));
  }
  if (execution.is_atom()) return to_json(execution.atom());
  for (;;) {
    auto batch = execution.next(false);
    if (!batch) return print_error(batch.error());
    for (Value& row : batch->rows) rows.push_back(std::move(row));
    if (batch->ended || execution.is_feed()) return to_json(Value::array(std::move(rows)));
  }
}

void Workbench::make_table(std::string_view name, std::string_view rows_json) {
  run(fmt::format(R"((table_create "{}"))", name));
  const std::string done =
      run(fmt::format(R"((insert (table "{}") (json {})))", name, to_json(string(rows_json))));
  ASSERT(done.find("\"errors\":0") != std::string::npos);
}

std::unique_ptr<Execution> Workbench::start(std::string_view text,
                                            std::vector<algebra::Option> options) {
  auto started = Execution::start(query_of(text, std::move(options)), host_, context_);
  if (!started || (*started)->is_atom()) return nullptr;
  return *std::move(started);
}

std::string Workbench::batch(Execution& execution) {
  auto batch = execution.next(false);
  if (!batch) return print_error(batch.error());
  return to_json(Value::array(std::move(batch->rows)));
}

}  // namespace octavo::reql
