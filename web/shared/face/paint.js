// Draws the figure on a canvas, on whatever thread it is on. Limbs are drawn
// once per size and then only turned; eyes, brows and mouth are drawn each time.

/** The figure's own sheet, and what reaches beyond it on each side. */
export const SHEET = { width: 400, height: 460 };
export const MARGIN = { left: 100, right: 100, top: 44, bottom: 92 };

/** Wings are drawn on a smaller sheet than they fly on. */
const WING = 1.2;
/** Where limbs are drawn: x, y, width, height on the sheet. */
const BOXES = {
  fore: [-26, 56, 236, 264], hind: [44, 200, 166, 150], body: [160, 326, 200, 216], trunk: [140, 250, 120, 110],
  antenna: [84, 8, 136, 100], lamp: [92, 56, 216, 214], ruff: [112, 240, 176, 76],
};

/**
 * @typedef {OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D} Context
 * @typedef {{image: OffscreenCanvas, x: number, y: number, width: number, height: number}} Sprite
 * @typedef {{lamp: string[], wing: string[], limb: string, cap: string, body: string[], vein: string, edge: string,
 *   rib: string, segment: string, cheek: string, ruff: string, sheen: string, dark: string}} Palette
 * @typedef {{fore: number, hind: number, fold: number, sway: number, lean: number, headX: number, headY: number, tilt: number,
 *   jaw: number, tail: number, flick: number}} Attitude angles in degrees, lengths on the sheet
 */

/**
 * @param {string} a "#rrggbb"
 * @param {string} b "#rrggbb"
 * @param {number} t share of b, 0 to 1
 */
export function mix(a, b, t) {
  const part = (/** @type {string} */ c, /** @type {number} */ i) => parseInt(c.slice(1 + 2 * i, 3 + 2 * i), 16);
  return `#${[0, 1, 2].map((i) => Math.round(part(a, i) * (1 - t) + part(b, i) * t).toString(16).padStart(2, '0')).join('')}`;
}

/**
 * @param {import('./looks.js').Look} look
 * @param {string} colour
 * @param {boolean} dark whether the sheet behind is dark
 * @returns {Palette}
 */
function palette(look, colour, dark) {
  const bone = '#e2d2b4';
  const limb = dark ? mix(look.body, bone, 0.54) : look.body;
  const warm = mix(look.body, colour, 0.28);
  return {
    lamp: [mix(colour, '#fffbf2', 0.88), mix(colour, '#fff3dc', 0.5), mix(colour, '#6b3a00', 0.07)],
    wing: [`${mix(colour, '#ffffff', 0.42)}d1`, `${look.sheen}6b`, `${look.sheen}33`],
    limb,
    cap: dark ? mix(look.body, bone, 0.25) : look.body,
    body: dark ? [mix(warm, bone, 0.3), mix(look.body, bone, 0.28)] : [warm, look.body],
    vein: `${limb}6e`,
    edge: `${limb}d9`,
    rib: `${mix(colour, '#6b3a00', 0.1)}70`,
    segment: `${mix(colour, '#fff3dc', 0.5)}80`,
    cheek: `${mix(colour, '#e8553d', 0.6)}40`,
    ruff: mix(colour, '#fffaf4', 0.76),
    sheen: look.sheen,
    dark: look.body,
  };
}

/** A look in one size and colour. */
export class Painter {
  /** @type {Record<string, Sprite>} */
  #sprites = {};
  #look;
  #scale;

  /**
   * @param {import('./looks.js').Look} look
   * @param {string} colour "#rrggbb"
   * @param {boolean} dark
   * @param {number} scale device pixels per unit of the sheet
   */
  constructor(look, colour, dark, scale) {
    this.#look = look;
    this.#scale = scale;
    const p = palette(look, colour, dark);
    this.#wings(p);
    this.#limbs(p);
    this.#lamp(p);
  }

  /**
   * @param {Context} c
   * @param {Attitude} a
   * @param {import('./life.js').Pose} pose
   * @param {number} lid
   * @param {import('./mouth.js').Mouth} mouth
   */
  draw(c, a, pose, lid, mouth) {
    const s = this.#scale;
    const look = this.#look;
    const [rx, ry] = look.root;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, c.canvas.width, c.canvas.height);
    c.setTransform(s, 0, 0, s, MARGIN.left * s, MARGIN.top * s);
    // The chest, and the badge on it, stays where it is: everything sways around it.
    about(c, 200, 305, a.sway, a.lean);
    this.#turned(c, 'body', 200, 330, a.tail);
    for (const [name, angle] of /** @type {[string, number][]} */ ([['hind', a.hind], ['fore', a.fore]])) {
      this.#turned(c, name, rx, ry, angle, a.fold);
      c.save();
      c.transform(-1, 0, 0, 1, 400, 0);
      this.#turned(c, name, rx, ry, angle, a.fold);
      c.restore();
    }
    this.#put(c, 'trunk');
    if (this.#sprites.ruff) this.#put(c, 'ruff');
    c.translate(a.headX, a.headY);
    about(c, 200, 262, a.tilt, 1);
    this.#turned(c, 'antenna', 188, 88, a.flick);
    c.save();
    c.transform(-1, 0, 0, 1, 400, 0);
    this.#turned(c, 'antenna', 188, 88, a.flick);
    c.restore();
    c.save();
    c.translate(0, 100);
    c.scale(1, a.jaw);
    c.translate(0, -100);
    this.#put(c, 'lamp');
    c.restore();
    this.#eyes(c, pose, lid);
    this.#mouth(c, pose, mouth);
  }

  /** @param {Palette} p */
  #wings(p) {
    const look = this.#look;
    const [rx, ry] = look.root;
    /** @type {[string, string, string[], boolean][]} */
    const wings = [['fore', look.fore, look.foreVeins, true], ['hind', look.hind, look.hindVeins, false]];
    for (const [name, outline, veins, spotted] of wings) {
      this.#sprite(name, (c) => {
        c.translate(rx, ry);
        c.scale(WING, WING);
        c.translate(-rx, -ry);
        fill(c, outline, radial(c, rx, ry, 230, p.wing, 0.45));
        stroke(c, outline, p.edge, 2);
        for (const d of veins) stroke(c, d, p.vein, 1.1);
        if (!spotted || !look.spot) return;
        const [x, y, r] = look.spot;
        [`${p.dark}c0`, p.sheen, p.dark].forEach((colour, i) => disc(c, x, y, r * [1, 0.68, 0.32][i], colour));
      });
    }
  }

  /** @param {Palette} p */
  #limbs(p) {
    const look = this.#look;
    const skin = (/** @type {Context} */ c) => {
      const g = c.createLinearGradient(170, 260, 235, 400);
      g.addColorStop(0, p.body[0]);
      g.addColorStop(1, p.body[1]);
      return g;
    };
    this.#sprite('body', (c) => {
      for (const d of look.tails) stroke(c, d, p.limb, 1.5);
      fill(c, look.abdomen, skin(c));
      for (const d of look.rings) stroke(c, d, p.segment, 1.4);
    });
    this.#sprite('trunk', (c) => fill(c, look.thorax, skin(c)));
    this.#sprite('antenna', (c) => {
      stroke(c, look.antenna, p.limb, 3);
      if (look.feather) stroke(c, look.feather, p.limb, 1.6);
      if (!look.bulb) return;
      disc(c, ...look.bulb, p.lamp[1]);
      c.lineWidth = 2;
      c.strokeStyle = p.limb;
      c.stroke();
    });
    const ruff = look.ruff;
    if (ruff) {
      this.#sprite('ruff', (c) => {
        fill(c, ruff, p.ruff);
        stroke(c, ruff, p.edge, 1.6);
      });
    }
  }

  /** @param {Palette} p */
  #lamp(p) {
    const look = this.#look;
    this.#sprite('lamp', (c) => {
      if (look.ring) {
        c.beginPath();
        c.arc(200, 71, 8, 0, 7);
        c.lineWidth = 3;
        c.strokeStyle = p.cap;
        c.stroke();
      }
      fill(c, look.head, radial(c, 200, 196, 118, p.lamp, 0.52));
      for (const [d, shade] of look.facets ?? []) {
        c.globalAlpha = shade;
        fill(c, d, p.dark);
        c.globalAlpha = 0.5;
        stroke(c, d, p.edge, 0.8);
        c.globalAlpha = 1;
      }
      for (const d of look.ribs) stroke(c, d, p.rib, 2);
      stroke(c, look.head, p.edge, 2);
      fill(c, look.cap, p.cap);
      const [dx, y, r] = look.cheek;
      disc(c, 200 - dx, y, r, p.cheek);
      disc(c, 200 + dx, y, r, p.cheek);
    });
  }

  /**
   * @param {Context} c
   * @param {import('./life.js').Pose} pose
   * @param {number} lid
   */
  #eyes(c, pose, lid) {
    const [dx, ey, rx, ry] = this.#look.eye;
    c.lineCap = 'round';
    c.lineJoin = 'round';
    for (const side of [-1, 1]) {
      const x = 200 + side * dx + pose.gazeX * 7;
      const y = ey + pose.gazeY * 5;
      if (lid < 0.16) {
        c.beginPath();
        c.moveTo(x - rx, y + 2);
        c.quadraticCurveTo(x, y + 2 + ry * 0.62, x + rx, y + 2);
        c.lineWidth = 4;
        c.strokeStyle = LINE;
        c.stroke();
      } else {
        oval(c, x, y, rx * (1 + (1 - lid) * 0.06), ry * lid, EYE);
        oval(c, x - rx * 0.3, y - ry * 0.36 * lid, rx * 0.34, rx * 0.34 * lid, SPARK);
        oval(c, x + rx * 0.34, y + ry * 0.36 * lid, rx * 0.16, rx * 0.16 * lid, SPARK);
      }
      const up = pose.brow * 6 + (side > 0 ? pose.skew * 7 : -pose.skew * 2);
      c.save();
      c.translate(200 + side * dx + pose.gazeX * 3, ey - ry - 12 - up);
      c.rotate((side * (4 - pose.brow * 5) + pose.skew * 5) * (Math.PI / 180));
      c.beginPath();
      c.moveTo(-rx - 1, 3);
      c.quadraticCurveTo(0, -6, rx + 1, 3);
      c.lineWidth = 5;
      c.strokeStyle = LINE;
      c.stroke();
      c.restore();
    }
  }

  /**
   * @param {Context} c
   * @param {import('./life.js').Pose} pose
   * @param {import('./mouth.js').Mouth} m
   */
  #mouth(c, pose, m) {
    const [cx, cy] = this.#look.mouth;
    const half = Math.max(7, 23 + 8 * m.wide - 7 * m.round - 2 * m.press + 2 * pose.smile * (1 - m.open));
    const shut = Math.max(0, 1 - m.open * 4);
    const corner = cy - 5 * pose.smile * shut - 1.5 * m.wide;
    const top = cy - 1 - 8 * m.open - 2.5 * m.round + 1.5 * m.press * shut + 4 * pose.smile * shut;
    const low = cy + 1 + 24 * m.open + 4 * m.round - 3 * m.tuck + 4 * pose.smile * shut - 1.5 * m.press * shut;
    // A cubic passes three quarters of the way to its handles.
    const bow = half * (0.5 + 0.5 * m.round);
    const up = corner + (top - corner) / 0.75;
    const down = corner + (low - corner) / 0.75;
    c.beginPath();
    c.moveTo(cx - half, corner);
    c.bezierCurveTo(cx - bow, up, cx + bow, up, cx + half, corner);
    c.bezierCurveTo(cx + bow, down, cx - bow, down, cx - half, corner);
    c.closePath();
    c.fillStyle = MOUTH;
    c.fill();
    const gap = low - top;
    if (gap > 4) {
      c.save();
      c.clip();
      oval(c, cx, low + 5 - gap * 0.55 * m.tongue, half * 0.62, 6 + gap * 0.22, TONGUE);
      if (m.teeth > 0.05) {
        const bite = Math.min(gap * 0.62, 3 + 7 * m.teeth);
        c.beginPath();
        c.rect(cx - half, top - 9, half * 2, 7 + bite);
        c.fillStyle = TEETH;
        c.fill();
      }
      c.restore();
      c.beginPath();
      c.moveTo(cx - half, corner);
      c.bezierCurveTo(cx - bow, up, cx + bow, up, cx + half, corner);
      c.bezierCurveTo(cx + bow, down, cx - bow, down, cx - half, corner);
      c.closePath();
    }
    c.lineWidth = 4.2;
    c.strokeStyle = LINE;
    c.stroke();
  }

  /**
   * @param {keyof typeof BOXES | string} name
   * @param {(c: OffscreenCanvasRenderingContext2D) => void} draw
   */
  #sprite(name, draw) {
    const [x, y, width, height] = BOXES[/** @type {keyof typeof BOXES} */ (name)];
    const image = new OffscreenCanvas(Math.ceil(width * this.#scale), Math.ceil(height * this.#scale));
    const c = /** @type {OffscreenCanvasRenderingContext2D} */ (image.getContext('2d'));
    c.setTransform(this.#scale, 0, 0, this.#scale, -x * this.#scale, -y * this.#scale);
    c.lineCap = 'round';
    c.lineJoin = 'round';
    draw(c);
    this.#sprites[name] = { image, x, y, width, height };
  }

  /** @param {Context} c @param {string} name */
  #put(c, name) {
    const s = this.#sprites[name];
    c.drawImage(s.image, s.x, s.y, s.image.width / this.#scale, s.image.height / this.#scale);
  }

  /**
   * @param {Context} c
   * @param {string} name
   * @param {number} x
   * @param {number} y
   * @param {number} degrees
   * @param {number} [size]
   */
  #turned(c, name, x, y, degrees, size = 1) {
    c.save();
    about(c, x, y, degrees, size);
    this.#put(c, name);
    c.restore();
  }
}

const LINE = '#2a2019';
const EYE = '#1b1511';
const SPARK = '#fffaf0';
const MOUTH = '#4a1712';
const TONGUE = '#cf6a56';
const TEETH = '#fff8ec';

/** @param {Context} c @param {number} x @param {number} y @param {number} degrees @param {number} size */
function about(c, x, y, degrees, size) {
  c.translate(x, y);
  c.rotate(degrees * (Math.PI / 180));
  c.scale(size, size);
  c.translate(-x, -y);
}

/** @param {Context} c @param {string} d @param {string|CanvasGradient} paint */
function fill(c, d, paint) {
  c.fillStyle = paint;
  c.fill(new Path2D(d));
}

/** @param {Context} c @param {string} d @param {string} colour @param {number} width */
function stroke(c, d, colour, width) {
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.stroke(new Path2D(d));
}

/** @param {Context} c @param {number} x @param {number} y @param {number} r @param {string} colour */
function disc(c, x, y, r, colour) {
  oval(c, x, y, r, r, colour);
}

/** @param {Context} c @param {number} x @param {number} y @param {number} rx @param {number} ry @param {string} colour */
function oval(c, x, y, rx, ry, colour) {
  c.beginPath();
  c.ellipse(x, y, Math.max(0, rx), Math.max(0, ry), 0, 0, 7);
  c.fillStyle = colour;
  c.fill();
}

/** @param {Context} c @param {number} x @param {number} y @param {number} r @param {string[]} colours @param {number} middle */
function radial(c, x, y, r, colours, middle) {
  const g = c.createRadialGradient(x, y, 0, x, y, r);
  g.addColorStop(0, colours[0]);
  g.addColorStop(middle, colours[1]);
  g.addColorStop(1, colours[2]);
  return g;
}
