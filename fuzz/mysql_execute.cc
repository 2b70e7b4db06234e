// Parameters of prepared statements and attributes of queries. What was read is written back in the
// same form, and read once more, the same. The first byte is how many parameters there are, the
// second what the client sends beside them.

#include "base/assert.h"
#include "fuzz.h"
#include "protocol/mysql/cell_binary.h"
#include "protocol/mysql/parameters.h"
#include "protocol/mysql/row_encoder.h"

namespace {

using namespace octavo;
using namespace octavo::mysql;

bool is_real(WireType type) { return type == WireType::float_ || type == WireType::double_; }

// Numbers and times, which have one form for each value; of reals the ones that equal themselves.
void round_trip(const Parameter& one) {
  if (one.value.is_null() || is_text(one.type.type)) return;
  if (is_real(one.type.type)) {
    if (!one.value.is_number()) return;  // it was sent before, as a text
    if (one.value.to_double() != one.value.to_double()) return;
  }
  const Column column{.type = one.type.type};
  Bytes written(1, '\0');                                              // no nulls
  written += '\0';                                                     // the types are known
  if (!put_cell(written, column, RowForm::binary, one.value)) return;  // a day that is no date
  std::vector<ParameterType> types{one.type};
  PayloadReader reader(written);
  const auto back = read_parameters(reader, {.count = 1}, {}, types);
  ASSERT(back && reader.empty());
  ASSERT(back->front().value == one.value);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const BytesView input = octavo::fuzz::input(data + 2, size - 2);
  const ExecuteOptions options{
      .count = data[0], .has_count = (data[1] & 1U) != 0, .has_names = (data[1] & 2U) != 0};
  LongData sent;
  if ((data[1] & 4U) != 0) sent[0] = "sent before";
  std::vector<ParameterType> types;
  PayloadReader reader(input);
  if (const auto read = read_parameters(reader, options, sent, types)) {
    ASSERT(read->size() >= options.count);
    ASSERT(input.ends_with(reader.rest()));
    for (const Parameter& one : *read) round_trip(one);
  }
  PayloadReader in_front(input);
  if (const auto read = read_attributes(in_front)) {
    for (const Parameter& one : *read) round_trip(one);
  }
  return 0;
}
