#pragma once

#include <string_view>
#include <vector>

#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// $listClusterCatalog: {db, ns, sharded, type, options, info, idIndex} of each collection and view
// of the database that the user may read; of `admin`: of all databases.
std::vector<value::Value> cluster_catalog(CommandCall& call, std::string_view database);

}  // namespace octavo::mongodb
