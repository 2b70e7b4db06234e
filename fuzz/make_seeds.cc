// Writes seeds for the fuzz targets whose inputs are bytes that no one would type: encodings of
// random values. Deterministic.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "algebra/random_expr.h"
#include "base/lsn.h"
#include "log/segment.h"
#include "seeds.h"
#include "value/document.h"
#include "value/json.h"
#include "value/key.h"
#include "value/random_value.h"

namespace {

constexpr int kSeeds = 60;

octavo::Cursor random_cursor(octavo::Random& random) {
  octavo::Cursor cursor;
  const auto parts = static_cast<std::uint16_t>(random.below(3));
  for (std::uint16_t i = 0; i < parts; ++i) {
    const std::uint64_t generation = random.below(3);
    const octavo::LsnOrder order{generation << 48 | random() >> 16};
    cursor.at.parts.push_back(octavo::Lsn::of(i, order));
  }
  cursor.index = static_cast<std::uint32_t>(random.below(100));
  return cursor;
}

octavo::Bytes random_record(octavo::Random& random, std::uint32_t seed) {
  const octavo::Bytes payload(random.below(400), static_cast<char>(random()));
  octavo::log::RecordHeader header;
  header.kind = static_cast<octavo::log::RecordKind>(1 + random.below(5));
  header.origin = {.node = 1, .incarnation = 1, .sequence = random()};
  header.time_ns = static_cast<std::int64_t>(random() >> 1);
  header.transaction_count = static_cast<std::uint32_t>(random.below(9));
  header.payload_size = static_cast<std::uint32_t>(payload.size());
  std::vector<std::uint64_t> words(octavo::log::record_size(payload.size()) / 8);
  const octavo::BytesView view = payload;
  octavo::log::encode_record(reinterpret_cast<char*>(words.data()), header, {&view, 1}, seed);
  return {reinterpret_cast<const char*>(words.data()), words.size() * 8};
}

// For fuzz/log_segment.cc: the byte that chooses the circumstances, a header page, some records.
octavo::Bytes random_segment(octavo::Random& random) {
  octavo::Bytes file(octavo::log::kSegmentHeaderSize, '\0');
  for (std::uint64_t i = random.below(6); i > 0; --i) file += random_record(random, 0);
  file.resize(file.size() + random.below(300), '\0');
  return static_cast<char>(random()) + file;
}

}  // namespace

void octavo::fuzz::write_seed(const std::filesystem::path& folder, int number,
                              std::string_view content) {
  std::filesystem::create_directories(folder);
  std::ofstream file(folder / ("seed-" + std::to_string(number)), std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path root = argv[1];
  using octavo::fuzz::write_seed;
  octavo::fuzz::write_store_seeds(root);
  octavo::Random random(1);
  for (int i = 0; i < kSeeds; ++i) {
    const octavo::value::Value value = octavo::value::random_value(random);
    write_seed(root / "json", i, octavo::value::to_json(value, {.indent = i % 2}));
    octavo::Bytes key = octavo::value::encoded_key(value);
    octavo::value::encode_key(octavo::value::random_value(random), key);
    write_seed(root / "key", i, key);
    octavo::Bytes document;
    if (octavo::value::encode_document(value, document)) {
      write_seed(root / "document", i, document);
      write_seed(root / "field_decoder", i, document);
    }
    const octavo::algebra::ExprPtr tree = octavo::algebra::random_expression(random);
    octavo::Bytes expression;
    if (octavo::algebra::encode(tree, expression)) {
      write_seed(root / "expression", i, expression);
    }
    write_seed(root / "notation", i, octavo::algebra::print(tree, nullptr));
    const octavo::Cursor cursor = random_cursor(random);
    write_seed(root / "log_record", i, random_record(random, 0));
    write_seed(root / "log_segment", i, random_segment(random));
    octavo::Bytes vector;
    octavo::put_lsn_vector(vector, cursor.at);
    write_seed(root / "lsn", i, i % 2 == 0 ? octavo::format_cursor(cursor) : vector);
  }
  return 0;
}
