// DMA1's streams, each circular between one peripheral and one buffer.
#pragma once

#include <cstdint>

namespace tombola {

// Clocks DMA1 and D2 SRAM and clears the `.dma` section, which startup does not
// reach. Call after InitCache.
void InitDma();

struct DmaTransfer {
  int stream;           // 0 to 2; also its channel of the request multiplexer
  uint32_t request;     // kRequest... of registers.h
  uint32_t peripheral;  // address of the data register
  uint32_t memory;      // address of the buffer, in the `.dma` section
  uint32_t items;
  uint32_t control;  // direction, size, priority and interrupts, DMA_SxCR
};

// Sets the stream up and enables it; false when it does not stop before.
bool StartDma(const DmaTransfer& transfer);

}  // namespace tombola
