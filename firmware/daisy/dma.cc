#include "firmware/daisy/dma.h"

#include "firmware/daisy/registers.h"
#include "firmware/daisy/wait.h"

// From stm32h750.ld.
extern "C" uint32_t dma_begin[];
extern "C" uint32_t dma_end[];

namespace tombola {

void InitDma() {
  rcc().ahb1enr |= kRccAhb1Dma1;
  rcc().ahb2enr |= kRccAhb2Sram1;
  (void)rcc().ahb2enr;
  for (uint32_t* word = dma_begin; word < dma_end; ++word) *word = 0;
}

bool StartDma(const DmaTransfer& transfer) {
  constexpr uint32_t kAllFlags[] = {kDmaLifcrStream0, kDmaLifcrStream1,
                                    kDmaLifcrStream2};
  DmaStream& stream = dma1_stream(transfer.stream);
  stream.cr = 0;
  if (!WaitFor(stream.cr, kDmaCrEn, 0)) return false;
  dma1_lifcr() = kAllFlags[transfer.stream];
  dmamux1_ccr(transfer.stream) = transfer.request;
  stream.par = transfer.peripheral;
  stream.m0ar = transfer.memory;
  stream.ndtr = transfer.items;
  stream.fcr = 0;  // direct mode: an item goes through as soon as it comes
  stream.cr = transfer.control | kDmaCrCirc | kDmaCrMinc;
  stream.cr = transfer.control | kDmaCrCirc | kDmaCrMinc | kDmaCrEn;
  return true;
}

}  // namespace tombola
