// One call over WebRTC: the open line, what it reports, and what the caller can do with it.

import { LogLevel, PipecatClient, RTVIEvent, SmallWebRTCTransport } from "./vendor/pipecat.js";
import { OneTrack, openMicrophone } from "./microphone.js";
import { Problem, ask, reason } from "./server.js";

const CONNECT_SECONDS = 20;

/** The transport, telling which call the server's answer says this is. */
class NamedTransport extends SmallWebRTCTransport {
  onCall = () => {};

  createPeerConnection() {
    const peer = super.createPeerConnection();
    const describe = peer.setRemoteDescription.bind(peer);
    peer.setRemoteDescription = (answer) => {
      this.onCall(answer.call);
      return describe(answer);
    };
    return peer;
  }
}

/** A line to the agents. `on` takes: call(id), failed(problem), state(name), hearing(text), saying(text), ended(). */
export class Line {
  #client = null;
  #on;
  #saying = [];
  #call = "";

  constructor(on) {
    this.#on = on;
  }

  /** Ring. `as` is a customer's id or null; `speak` opens the microphone. Throws Problem. */
  async open({ as, speak }) {
    const iceServers = await ask("/webrtc/ice");
    const track = speak ? await openMicrophone() : null;
    const transport = new NamedTransport({ iceServers, mediaManager: new OneTrack(track) });
    transport.onCall = (id) => this.#named(id);
    this.#client = new PipecatClient({ transport, enableMic: speak, enableCam: false });
    this.#client.setLogLevel(LogLevel.WARN);
    this.#listen();
    const requestData = as ? { as } : {};
    const endpoint = new URL("/webrtc/offer", location.href).href;
    try {
      await within(CONNECT_SECONDS, this.#client.connect({ webrtcRequestParams: { endpoint, requestData } }));
    } catch (error) {
      track?.stop();
      await this.close();
      throw await plain(error);
    }
  }

  /** Say something in writing. */
  write(text) {
    this.#client?.sendText(text, { run_immediately: true, audio_response: true });
  }

  /** Press a key of the keypad. */
  press(key) {
    this.#client?.sendDTMF(key);
  }

  /** Close or open the microphone. */
  mute(muted) {
    this.#client?.enableMic(!muted);
  }

  async close() {
    const client = this.#client;
    this.#client = null;
    if (client) await client.disconnect();
  }

  /** The agent's turn is over: what follows belongs to the next one. */
  forgetSaying() {
    this.#saying = [];
  }

  /** A connection that is mended is still the same call. */
  #named(id) {
    if (this.#call) return;
    this.#call = id ?? "";
    if (id) this.#on.call(id);
    else this.#on.failed(new Problem("The server did not say which call this is, so there is no transcript."));
  }

  #listen() {
    const on = this.#on;
    const client = this.#client;
    client.on(RTVIEvent.BotStartedSpeaking, () => on.state("speaking"));
    client.on(RTVIEvent.BotStoppedSpeaking, () => on.state("live"));
    client.on(RTVIEvent.UserTranscript, (heard) => on.hearing(heard.text));
    client.on(RTVIEvent.BotOutput, (output) => {
      // Each sentence is announced once before it is spoken; what comes later tells how far its voice has got.
      if (output.will_be_spoken === false || output.spoken_status !== "new") return;
      this.#saying.push(output.text.trim());
      on.saying(this.#saying.join(" "));
    });
    client.on(RTVIEvent.TrackStarted, (track, participant) => {
      if (participant?.local || track.kind !== "audio") return;
      document.getElementById("voice").srcObject = new MediaStream([track]);
    });
    client.on(RTVIEvent.Disconnected, () => {
      if (this.#client === client || this.#client === null) on.ended();
      this.#client = null;
    });
  }
}

function within(seconds, promise) {
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Problem("Nobody answered. Is the server ready to take a call?")), seconds * 1000));
  return Promise.race([promise, late]);
}

async function plain(error) {
  if (error instanceof Problem) return error;
  const answer = [error, error?.cause].find((one) => one instanceof Response);
  if (answer) return new Problem(await reason(answer), answer.status);
  return new Problem("The call did not get through. Check that this page and the server can reach each other.");
}
