#include "firmware/daisy/usb.h"

#include "firmware/daisy/interrupts.h"
#include "firmware/daisy/usb_control.h"
#include "firmware/daisy/usb_core.h"
#include "firmware/daisy/usb_descriptors.h"
#include "firmware/daisy/usb_registers.h"
#include "firmware/daisy/usb_ring.h"

namespace tombola {
namespace {

constexpr size_t kRingBytes = 2048;

UsbRing<kRingBytes> from_host;
UsbRing<kRingBytes> to_host;

// The interrupt's, which the main loop looks at.
volatile bool asleep = false;     // the bus
volatile bool sending = false;    // a packet waits for the host to fetch it
volatile bool receiving = false;  // the core may take a packet

// The host waits while the ring has no room for a packet.
void ReceiveMore() {
  if (!UsbConfigured() || receiving || from_host.Room() < kUsbPacket) return;
  receiving = true;
  ReceiveUsbPacket(kUsbDataEndpoint);
}

void SendMore() {
  if (!UsbConfigured() || sending) return;
  uint8_t packet[kUsbPacket];
  const size_t count = to_host.Read(packet, sizeof(packet));
  if (count == 0) return;
  sending = true;
  SendUsbPacket(kUsbDataEndpoint, packet, count);
}

void OnReset() {
  to_host.Drop();
  sending = receiving = false;
  ResetUsbControl();
  ResetUsbCore();
}

// RM0433, OTG_GRXSTSP: what the receive FIFO has next.
void OnPacket() {
  const uint32_t status = otg().grxstsp;
  const size_t count = status >> kOtgRxBytes & kOtgRxBytesMask;
  const uint32_t kind = status >> kOtgRxKind & kOtgRxKindMask;
  if (kind != kOtgRxSetup && kind != kOtgRxOut) return;
  uint8_t packet[kUsbPacket];
  ReadUsbFifo(packet, count);
  if (kind == kOtgRxSetup) {
    TakeUsbSetup(packet);
  } else if ((status & kOtgRxEndpointMask) == 0) {
    TakeUsbControlData(packet, count);
  } else {
    from_host.Write(packet, count);
  }
}

// Returns an endpoint's events, and forgets them.
uint32_t TakeEvents(OtgEndpoint& endpoint) {
  const uint32_t events = endpoint.interrupts;
  endpoint.interrupts = events;
  return events;
}

void OnOut() {
  const uint32_t waiting = otg_device().daint;
  if ((waiting & DaintOut(0)) != 0) {
    const uint32_t events = TakeEvents(otg_out(0));
    if ((events & kOtgTransferred) != 0) OnUsbControlReceived();
    if ((events & kOtgSetupDone) != 0 && DoUsbSetup()) {
      sending = receiving = false;
    }
  }
  if ((waiting & DaintOut(kUsbDataEndpoint)) != 0) {
    TakeEvents(otg_out(kUsbDataEndpoint));
    receiving = false;
  }
}

void OnIn() {
  const uint32_t waiting = otg_device().daint;
  if ((waiting & DaintIn(0)) != 0) {
    if ((TakeEvents(otg_in(0)) & kOtgTransferred) != 0) OnUsbControlSent();
  }
  if ((waiting & DaintIn(kUsbDataEndpoint)) != 0) {
    if ((TakeEvents(otg_in(kUsbDataEndpoint)) & kOtgTransferred) != 0) {
      sending = false;
    }
  }
}

// Events of the bus are forgotten by writing ones; the others fall when what
// they say has been seen to.
void OnBus(uint32_t events) {
  otg().gintsts =
      events & (kOtgUsbRst | kOtgEnumDne | kOtgUsbSusp | kOtgWkupInt);
  if ((events & kOtgUsbRst) != 0) OnReset();
  if ((events & kOtgEnumDne) != 0) SetUpUsbControl();
  // A cable that is pulled looks like a bus that sleeps: nobody listens, until
  // the bus is heard again.
  if ((events & kOtgUsbSusp) != 0) {
    asleep = true;
    to_host.Drop();
  } else if ((events & (kOtgWkupInt | kOtgUsbRst)) != 0) {
    asleep = false;
  }
}

bool Connected() { return UsbConfigured() && !asleep; }

// Runs the interrupt, which alone touches the core, when the rings have
// changed.
void CallInterrupt() { PendInterrupt(kUsbInterrupt); }

}  // namespace

bool InitUsb() {
  if (!StartUsbCore()) return false;
  EnableInterrupt(kUsbInterrupt, kUsbPriority);
  return true;
}

size_t ReadUsb(uint8_t* bytes, size_t limit) {
  const size_t count = from_host.Read(bytes, limit);
  if (count > 0 && !receiving) CallInterrupt();
  return count;
}

size_t WriteUsb(const uint8_t* bytes, size_t count) {
  if (!Connected()) return count;
  count = to_host.Write(bytes, count);
  if (count > 0 && !sending) CallInterrupt();
  return count;
}

bool UsbSent() { return !Connected() || (to_host.Used() == 0 && !sending); }

extern "C" void OnUsb() {
  const uint32_t events = otg().gintsts;
  OnBus(events);
  while ((otg().gintsts & kOtgRxfLvl) != 0) OnPacket();
  // Taking packets out makes events of endpoints. What was sent came first: it
  // ended the transfer that a new set-up follows.
  const uint32_t ready = otg().gintsts;
  if ((ready & kOtgIepInt) != 0) OnIn();
  if ((ready & kOtgOepInt) != 0) OnOut();
  ReceiveMore();
  SendMore();
}

}  // namespace tombola
