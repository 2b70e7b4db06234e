#include "value/field_decoder.h"

#include <algorithm>

#include "value/document_layout.h"
#include "value/object_fields.h"

namespace octavo::value {
namespace {

constexpr std::size_t kFirstRows = 64;  // room; doubled when it is full

}  // namespace

// What is wanted of a value: itself, fields of it, or both.
struct FieldDecoder::Wanted {
  std::vector<std::uint32_t> columns;
  std::unique_ptr<Level> below;
};

// Fields that are wanted of an object, each once.
struct FieldDecoder::Level {
  Wanted& of(const std::string& name) {
    const auto known = std::ranges::find(names, name);
    if (known != names.end()) return wanted[static_cast<std::size_t>(known - names.begin())];
    names.push_back(name);
    return wanted.emplace_back();
  }

  std::vector<std::string> names;
  std::vector<Wanted> wanted;
  ObjectFields fields{{}};  // by `names`, when all of them are known
};

FieldDecoder::FieldDecoder(const std::vector<FieldRequest>& fields)
    : root_(std::make_unique<Wanted>()) {
  std::vector<ColumnInfo> infos;
  for (const FieldRequest& field : fields) {
    Wanted* wanted = root_.get();
    for (const Path::Segment& segment : field.path.segments()) {
      if (wanted->below == nullptr) wanted->below = std::make_unique<Level>();
      wanted = &wanted->below->of(segment.name);
    }
    wanted->columns.push_back(static_cast<std::uint32_t>(columns_.size()));
    columns_.emplace_back(field.want);
    infos.push_back({field.path.to_string(), FieldColumn::declared(field.want)});
  }
  schema_ = std::make_shared<const Schema>(std::move(infos));
  memory_.resize(columns_.size());
  prepare(*root_);
}

FieldDecoder::~FieldDecoder() = default;

void FieldDecoder::prepare(Wanted& wanted) {
  if (wanted.below == nullptr) return;
  wanted.below->fields = ObjectFields(wanted.below->names);
  for (Wanted& field : wanted.below->wanted) prepare(field);
}

void FieldDecoder::make_room() {
  if (rows_ == 0) {
    room_ = std::max(room_, kFirstRows);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].start(std::move(memory_[i]), room_);
    }
    return;
  }
  ASSERT(rows_ < kBatchRows);
  room_ = std::min(2 * room_, kBatchRows);
  for (FieldColumn& column : columns_) column.grow(room_);
}

Status FieldDecoder::add(BytesView document) {
  if (rows_ == 0 || rows_ == room_) make_room();
  if (!put(*root_, document)) {
    return fail(Code::corrupt, "malformed document: fields that are asked for cannot be read");
  }
  ++rows_;
  return {};
}

bool FieldDecoder::put(Wanted& wanted, BytesView value) {
  for (const std::uint32_t column : wanted.columns) {
    if (!columns_[column].put(rows_, value)) return false;
  }
  return wanted.below == nullptr || put_fields(*wanted.below, value);
}

bool FieldDecoder::put_fields(Level& level, BytesView value) {
  if (value.empty()) return false;
  const auto tag = static_cast<unsigned char>(value[0]);
  const auto type = document::type_of_tag(tag);
  if (type != Type::object) {
    const Absence why = type == Type::null ? Absence::missing : Absence::other;
    for (const Wanted& field : level.wanted) miss(field, why);
    return type.has_value();
  }
  if (!level.fields.open(value)) return false;
  for (std::size_t i = 0; i < level.wanted.size(); ++i) {
    BytesView content;
    switch (level.fields.field(i, content)) {
      case ObjectFields::Found::value:
        if (!put(level.wanted[i], content)) return false;
        break;
      case ObjectFields::Found::nothing: miss(level.wanted[i], Absence::missing); break;
      case ObjectFields::Found::damage: return false;
    }
  }
  return true;
}

void FieldDecoder::miss(const Wanted& wanted, Absence why) {
  for (const std::uint32_t column : wanted.columns) columns_[column].miss(rows_, why);
  if (wanted.below == nullptr) return;
  for (const Wanted& field : wanted.below->wanted) miss(field, why);
}

bool FieldDecoder::full() const {
  if (rows_ == kBatchRows) return true;
  std::size_t bytes = 0;
  for (const FieldColumn& column : columns_) bytes += column.text_bytes();
  return bytes >= kBatchBytes;
}

void FieldDecoder::finish(Batch& out) {
  if (rows_ == 0) make_room();
  std::vector<Vector> columns;
  columns.reserve(columns_.size());
  for (FieldColumn& column : columns_) columns.push_back(column.finish(rows_));
  memory_ = out.release();
  memory_.resize(columns_.size());
  out = Batch(schema_, std::move(columns), std::exchange(rows_, 0));
}

}  // namespace octavo::value
