// Caches on, with the DMA buffers and the unused external memories kept out.
#pragma once

namespace tombola {

void InitCache();

}  // namespace tombola
