#include "dialect/sql/function/expressions.h"

#include <re2/re2.h>

#include <memory>

#include "dialect/sql/error/error.h"

namespace octavo::sql {

Result<const re2::RE2*> compiled_expression(std::string_view pattern, bool case_counts) {
  thread_local std::unique_ptr<re2::RE2> last;
  thread_local bool last_case = false;
  if (pattern.empty()) return error<3685>();
  if (last == nullptr || last->pattern() != pattern || last_case != case_counts) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(case_counts);
    last = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    last_case = case_counts;
  }
  if (!last->ok()) return error<1139>(last->error());
  return last.get();
}

}  // namespace octavo::sql
