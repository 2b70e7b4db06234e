#pragma once

// The form of values in snapshots (docs/formats/keyspace-snapshot.md): exact, so that a loaded
// keyspace goes on as the dumped one would have - encodings and the order inside tables included.

#include <optional>

#include "base/bytes.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

void encode_value(Bytes& out, const Object& value);
// nullopt for bytes that `encode_value` did not write.
std::optional<Object> decode_value(ByteReader& reader);

}  // namespace octavo::keyspace
