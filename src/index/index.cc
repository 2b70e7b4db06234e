#include "index/index.h"

#include <algorithm>

#include "value/document.h"
#include "value/key.h"

namespace octavo::index {
namespace {

// After a whole encoded key comes the tag byte of what is appended to it, and no tag is 0xff.
constexpr char kAfterAll = '\xff';

Bytes encoded(const value::Value& key) {
  Bytes out;
  value::encode_key(key, out);
  return out;
}

// Of a document, the fields that are named.
value::Value only_fields(const value::Value& document, const std::vector<std::string>& names) {
  std::vector<value::Field> fields;
  for (const std::string& name : names) {
    if (const value::Value* field = document.find(name)) fields.push_back({name, *field});
  }
  return value::Value::object(std::move(fields));
}

}  // namespace

std::optional<value::Value> EntryWork::evaluate(const algebra::ExprPtr& function,
                                                const value::Value& document) {
  auto value = function::evaluate_lambda(function, std::span(&document, 1), context_);
  if (!value) return std::nullopt;
  return *std::move(value);
}

std::int64_t Index::keys_of_seen(const value::Value& seen, std::vector<Bytes>& out) const {
  const std::size_t before = out.size();
  EntryWork work;
  if (const auto indexed = work.evaluate(function_, seen)) add_keys(*indexed, work, out);
  if (work.exceeded()) out.resize(before);
  return work.steps();
}

std::int64_t Index::keys_of(const value::Value& document, std::vector<Bytes>& out) const {
  if (!fields_ || !document.is_object()) return keys_of_seen(document, out);
  return keys_of_seen(only_fields(document, *fields_), out);
}

// A document, or a part of it, that does not decode was never indexed.
std::int64_t Index::keys_of(BytesView document, std::vector<Bytes>& out) const {
  const value::DocumentView view(document);
  if (!fields_ || view.type() != value::Type::object) {
    const auto whole = view.to_value();
    return whole ? keys_of(*whole, out) : 0;
  }
  std::vector<value::Field> fields;
  for (const std::string& name : *fields_) {
    const auto found = view.find(name);
    if (!found) continue;
    auto field = found->to_value();
    if (!field) return 0;
    fields.push_back({name, *std::move(field)});
  }
  return keys_of_seen(value::Value::object(std::move(fields)), out);
}

bool Index::sees_no_difference(BytesView before, BytesView after) const {
  if (!fields_) return before == after;
  const value::DocumentView old_view(before);
  const value::DocumentView new_view(after);
  return std::ranges::all_of(*fields_, [&](const std::string& name) {
    const auto was = old_view.find(name);
    const auto is = new_view.find(name);
    return was.has_value() == is.has_value() && (!was || was->bytes() == is->bytes());
  });
}

EntryRange entry_range(const algebra::KeyRange& range) {
  EntryRange out;
  if (range.lower.value) {
    out.lower = encoded(*range.lower.value);
    if (!range.lower.inclusive) out.lower.push_back(kAfterAll);
  }
  if (range.upper.value) {
    out.upper = encoded(*range.upper.value);
    if (range.upper.inclusive) out.upper.push_back(kAfterAll);
  } else {
    out.upper.push_back(kAfterAll);
  }
  return out;
}

EntryRange entry_range(const value::Value& key) {
  EntryRange out{encoded(key), {}};
  out.upper = out.lower;
  out.upper.push_back(kAfterAll);
  return out;
}

std::vector<EntryRange> primary_ranges(const algebra::Scan& scan) {
  std::vector<EntryRange> out;
  if (const auto* range = std::get_if<algebra::KeyRange>(&scan.keys)) {
    out.push_back(entry_range(*range));
  } else {
    for (const value::Value& key : std::get<algebra::KeySet>(scan.keys).keys) {
      out.push_back(entry_range(key));
    }
  }
  return out;
}

void number_repeats(std::vector<Bytes>& entries) {
  std::ranges::sort(entries);
  std::size_t first = 0;
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i] == entries[first]) {
      put_be(entries[i], static_cast<std::uint32_t>(i - first));
    } else {
      first = i;
    }
  }
}

bool contains(const EntryRange& range, BytesView key) {
  return key >= range.lower && (range.upper.empty() || key < range.upper);
}

std::optional<Bytes> first_entry(const Index& index, const value::Value& row,
                                 const std::vector<EntryRange>& ranges) {
  std::vector<Bytes> keys;
  index.keys_of(row, keys);
  std::erase_if(keys, [&ranges](const Bytes& key) {
    return std::ranges::none_of(ranges,
                                [&key](const EntryRange& range) { return contains(range, key); });
  });
  if (keys.empty()) return std::nullopt;
  return *std::ranges::min_element(keys);
}

}  // namespace octavo::index
