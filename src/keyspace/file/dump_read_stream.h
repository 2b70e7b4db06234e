#pragma once

#include <optional>

#include "keyspace/file/dump_format.h"
#include "keyspace/file/dump_reader.h"
#include "keyspace/type/limits.h"
#include "keyspace/type/object.h"

namespace octavo::keyspace {

// A stream in the form of one of its three types; nullopt for what no Redis has written.
std::optional<Object> read_stream(DumpReader& reader, RdbType type, const EncodingLimits& limits);

}  // namespace octavo::keyspace
