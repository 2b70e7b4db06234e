// JAVASCRIPT and HTTP. Known to the parser, so that a query that holds one is read as it should be
// (arity, options, determinism) and then told that this server does not run it.

#include "dialect/reql/context.h"
#include "dialect/reql/read/term.h"

namespace octavo::reql {
namespace {

Result<Val> javascript(Env& /*env*/, Args& args) {
  TRY_STATUS(args.string(0));
  return fail(Code::unsupported, "This server does not run JavaScript.");
}

Result<Val> http(Env& /*env*/, Args& args) {
  TRY_STATUS(args.string(0));
  return fail(Code::unsupported, "This server does not make HTTP requests.");
}

constexpr Term kTerms[] = {
    {11, "javascript", 1, 1, {"timeout"}, kNotDeterministic, javascript},
    {153,
     "http",
     1,
     1,
     {"data", "timeout", "method", "params", "header", "attempts", "redirects", "verify", "page",
      "page_limit", "auth", "result_format"},
     kNotDeterministic,
     http},
};

}  // namespace

std::span<const Term> external_terms() { return kTerms; }

}  // namespace octavo::reql
