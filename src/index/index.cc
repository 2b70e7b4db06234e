#include "index/index.h"

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

}  // namespace

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

}  // namespace octavo::index
