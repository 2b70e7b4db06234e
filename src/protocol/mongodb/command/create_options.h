#pragma once

// Options of new collections, as they have to be whether or not anything here carries them out.

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// Those of `create`: each for itself, and which of them exclude each other.
Status check_create_options(CommandCall& call);
// `clusteredIndex` and `timeseries` as they are kept: with what was not said.
value::Value kept_clustered(const value::Value& given);
value::Value kept_timeseries(const value::Value& given);

// {timeField, metaField, …}, which `$out` takes as well.
Status check_timeseries(std::string_view path, const value::Value& options);

// {enabled: true}: changeStreamPreAndPostImages.
Status check_images(std::string_view path, const value::Value& images);

}  // namespace octavo::mongodb
