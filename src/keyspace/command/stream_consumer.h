#pragma once

#include <string_view>

#include "keyspace/context.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {

// The group's consumer of that name, made when there is none, who is seen now.
StreamValue::Consumer& consumer_of(CommandContext& context, StreamValue::Group& group,
                                   std::string_view key, std::string_view name);

}  // namespace octavo::keyspace
