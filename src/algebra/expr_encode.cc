// Expressions as bytes: docs/formats/expression.md.

#include <algorithm>

#include "algebra/expr.h"
#include "base/overloaded.h"
#include "value/document.h"
#include "value/utf8.h"

namespace octavo::algebra {
namespace {

constexpr unsigned char kFormat = 1;

enum Tag : unsigned char {
  kConst = 1,
  kVar = 2,
  kCall = 3,
  kLambda = 4,
  kMakeArray = 5,
  kMakeObject = 6,
};

std::unexpected<Error> too_deep() {
  return fail(Code::out_of_range, "expression is nested too deeply");
}
std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Code::corrupt, "malformed expression: " + std::string(what));
}

class Encoder {
 public:
  explicit Encoder(Bytes& out) : out_(out) {}

  Status put(const ExprPtr& expression, std::size_t depth) {
    if (depth > kMaxExpressionDepth) return too_deep();
    return std::visit(Overloaded{
                          [&](const Const& node) -> Status {
                            tag(kConst);
                            Bytes document;
                            TRY_STATUS(value::encode_document(node.value, document));
                            put_length_prefixed(out_, document);
                            return {};
                          },
                          [&](const Var& node) -> Status {
                            tag(kVar);
                            put_varint(out_, raw(node.id));
                            return {};
                          },
                          [&](const Call& node) -> Status {
                            tag(kCall);
                            out_.push_back(static_cast<char>(node.function.family));
                            put_le(out_, node.function.number);
                            TRY_STATUS(put_all(node.args, depth));
                            return put_all(node.options, depth);
                          },
                          [&](const Lambda& node) -> Status {
                            tag(kLambda);
                            put_varint(out_, node.params.size());
                            for (const VarId param : node.params) put_varint(out_, raw(param));
                            return put(node.body, depth + 1);
                          },
                          [&](const MakeArray& node) -> Status {
                            tag(kMakeArray);
                            return put_all(node.elements, depth);
                          },
                          [&](const MakeObject& node) -> Status {
                            tag(kMakeObject);
                            return put_all(node.fields, depth);
                          },
                          [](const Subplan&) -> Status {
                            return fail(Code::unsupported, "a plan in an expression is not stored");
                          },
                      },
                      expression->node);
  }

 private:
  static std::uint64_t raw(VarId id) { return static_cast<std::uint64_t>(id); }
  void tag(Tag tag) { out_.push_back(static_cast<char>(tag)); }

  Status put_all(const std::vector<ExprPtr>& expressions, std::size_t depth) {
    put_varint(out_, expressions.size());
    for (const ExprPtr& expression : expressions) TRY_STATUS(put(expression, depth + 1));
    return {};
  }
  Status put_all(const std::vector<Option>& options, std::size_t depth) {
    put_varint(out_, options.size());
    for (const Option& option : options) {
      put_length_prefixed(out_, option.name);
      TRY_STATUS(put(option.value, depth + 1));
    }
    return {};
  }

  Bytes& out_;
};

class Decoder {
 public:
  explicit Decoder(ByteReader& reader) : reader_(reader) {}

  Result<ExprPtr> get(std::size_t depth) {
    if (depth > kMaxExpressionDepth) return corrupt("nested too deeply");
    const auto tag = byte();
    if (!tag) return corrupt("ends early");
    switch (*tag) {
      case kConst: {
        const auto document = reader_.get_length_prefixed();
        if (!document) return corrupt("constant ends early");
        TRY(value::Value value, value::decode_document(*document));
        return constant(std::move(value));
      }
      case kVar: {
        TRY(const VarId id, variable_id());
        return variable(id);
      }
      case kCall: return get_call(depth);
      case kLambda: return get_lambda(depth);
      case kMakeArray: {
        TRY(auto elements, get_all(depth));
        return make_array(std::move(elements));
      }
      case kMakeObject: {
        TRY(auto fields, get_options(depth));
        return make_object(std::move(fields));
      }
      default: return corrupt("unknown tag");
    }
  }

  std::optional<unsigned char> byte() { return reader_.get_le<unsigned char>(); }

 private:
  Result<VarId> variable_id() {
    const auto id = reader_.get_varint();
    if (!id) return corrupt("variable ends early");
    return VarId{*id};
  }

  // Every item takes at least one byte, so a count cannot make us reserve more than there is.
  Result<std::size_t> count() {
    const auto count = reader_.get_varint();
    if (!count || *count > reader_.rest().size()) return corrupt("count out of bounds");
    return static_cast<std::size_t>(*count);
  }

  Result<ExprPtr> get_call(std::size_t depth) {
    const auto family = byte();
    const auto number = reader_.get_le<std::uint16_t>();
    if (!family || !number) return corrupt("call ends early");
    TRY(auto args, get_all(depth));
    TRY(auto options, get_options(depth));
    return call({FamilyId{*family}, *number}, std::move(args), std::move(options));
  }

  Result<ExprPtr> get_lambda(std::size_t depth) {
    TRY(const std::size_t size, count());
    std::vector<VarId> params;
    for (std::size_t i = 0; i < size; ++i) {
      TRY(const VarId param, variable_id());
      if (std::ranges::find(params, param) != params.end()) return corrupt("parameter repeated");
      params.push_back(param);
    }
    TRY(ExprPtr body, get(depth + 1));
    return lambda(std::move(params), std::move(body));
  }

  Result<std::vector<ExprPtr>> get_all(std::size_t depth) {
    TRY(const std::size_t size, count());
    std::vector<ExprPtr> expressions;
    expressions.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
      TRY(ExprPtr expression, get(depth + 1));
      expressions.push_back(std::move(expression));
    }
    return expressions;
  }

  Result<std::vector<Option>> get_options(std::size_t depth) {
    TRY(const std::size_t size, count());
    std::vector<Option> options;
    for (std::size_t i = 0; i < size; ++i) {
      const auto name = reader_.get_length_prefixed();
      if (!name) return corrupt("name ends early");
      if (value::find_invalid_utf8(*name)) return corrupt("name is not UTF-8");
      TRY(ExprPtr value, get(depth + 1));
      options.push_back({std::string(*name), std::move(value)});
    }
    return options;
  }

  ByteReader& reader_;
};

}  // namespace

Status encode(const ExprPtr& expression, Bytes& out) {
  const std::size_t start = out.size();
  out.push_back(static_cast<char>(kFormat));
  Status status = Encoder(out).put(expression, 0);
  if (!status) out.resize(start);
  return status;
}

Result<ExprPtr> decode(ByteReader& reader) {
  ByteReader ahead = reader;
  Decoder decoder(ahead);
  if (decoder.byte() != kFormat) return corrupt("unknown format");
  TRY(ExprPtr expression, decoder.get(0));
  reader = ahead;
  return expression;
}

}  // namespace octavo::algebra
