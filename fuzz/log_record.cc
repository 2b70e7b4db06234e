// The record parser, the identity parser and the name parser, on arbitrary bytes.

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "log/identity.h"
#include "log/record.h"
#include "log/segment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace octavo;
  using namespace octavo::log;
  const BytesView input(reinterpret_cast<const char*>(data), size);

  const auto claimed = peek_record_size(input);
  const auto record = parse_record(input, 0);
  if (record) {
    if (!claimed || *claimed != record->size || record->size > size) std::abort();
    // What parses encodes to the same bytes.
    std::vector<std::uint64_t> words(record->size / sizeof(std::uint64_t));
    char* target = reinterpret_cast<char*>(words.data());
    const BytesView payload = record->payload;
    encode_record(target, record->header, {&payload, 1}, 0);
    if (BytesView(target, record->size) != input.substr(0, record->size)) std::abort();
  }
  if (const auto identity = parse_identity(input)) {
    if (encode_identity(*identity) != input) std::abort();
  }
  if (const auto header = parse_segment_header(input)) (void)load_durable_mark(input, *header);
  if (const auto name = parse_segment_name(input)) {
    if (parse_segment_name(format_segment_name(*name))->start != name->start) std::abort();
  }
  return 0;
}
