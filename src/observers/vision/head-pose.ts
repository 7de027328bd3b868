import { RIGID } from './face-mesh.ts';

/** Degrees: yaw + turned to the picture's right, pitch + up, roll + clockwise. */
export interface HeadPose {
  yaw: number;
  pitch: number;
  roll: number;
}

/**
 * The head's rotation from mesh points (x, y, z per point, y down, z away from the camera), by weighted absolute
 * orientation of the rigid points to the canonical face (Horn 1987, closed form with quaternions). Scale and
 * perspective are left out: over one face they change angles by a degree or two.
 */
export function headPose(points: Float32Array): HeadPose {
  return anglesOf(rotation(points));
}

/** Unit quaternion w, x, y, z that turns the canonical face onto the points, axes right, up, towards the camera. */
function rotation(points: Float32Array): [number, number, number, number] {
  let total = 0;
  const a = [0, 0, 0];
  const b = [0, 0, 0];
  for (const [point, weight, x, y, z] of RIGID) {
    total += weight;
    a[0] += weight * x;
    a[1] += weight * y;
    a[2] += weight * z;
    b[0] += weight * points[3 * point];
    b[1] -= weight * points[3 * point + 1];
    b[2] -= weight * points[3 * point + 2];
  }
  const m = new Float64Array(9);
  for (const [point, weight, x, y, z] of RIGID) {
    const from = [x - a[0] / total, y - a[1] / total, z - a[2] / total];
    const to = [
      points[3 * point] - b[0] / total,
      -points[3 * point + 1] - b[1] / total,
      -points[3 * point + 2] - b[2] / total,
    ];
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) m[3 * i + j] += weight * from[i] * to[j];
  }
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = m;
  return largestEigenvector([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ]);
}

/** Eigenvector of the largest eigenvalue of a symmetric 4 × 4 matrix, by cyclic Jacobi rotations. */
function largestEigenvector(matrix: number[][]): [number, number, number, number] {
  const vectors: number[][] = [0, 1, 2, 3].map(i => [0, 1, 2, 3].map(j => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 12; sweep++) {
    let off = 0;
    for (let p = 0; p < 3; p++) for (let q = p + 1; q < 4; q++) off += matrix[p][q] ** 2;
    if (off < 1e-18) break;
    for (let p = 0; p < 3; p++) {
      for (let q = p + 1; q < 4; q++) {
        if (matrix[p][q] === 0) continue;
        const theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < 4; k++) {
          const kp = matrix[k][p];
          const kq = matrix[k][q];
          matrix[k][p] = c * kp - s * kq;
          matrix[k][q] = s * kp + c * kq;
        }
        for (let k = 0; k < 4; k++) {
          const pk = matrix[p][k];
          const qk = matrix[q][k];
          matrix[p][k] = c * pk - s * qk;
          matrix[q][k] = s * pk + c * qk;
          const vp = vectors[k][p];
          const vq = vectors[k][q];
          vectors[k][p] = c * vp - s * vq;
          vectors[k][q] = s * vp + c * vq;
        }
      }
    }
  }
  let best = 0;
  for (let k = 1; k < 4; k++) if (matrix[k][k] > matrix[best][best]) best = k;
  return [vectors[0][best], vectors[1][best], vectors[2][best], vectors[3][best]];
}

/** Yaw about the vertical, then pitch, then roll, of a rotation in axes right, up, towards the camera. */
function anglesOf([w, x, y, z]: [number, number, number, number]): HeadPose {
  const degrees = 180 / Math.PI;
  // The face's forward axis after the rotation, and its left–right axis for the roll.
  const forward = [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)];
  const across = [1 - 2 * (y * y + z * z), 2 * (x * y + w * z)];
  const upright = 1 - 2 * (x * x + z * z);
  return {
    yaw: Math.atan2(forward[0], forward[2]) * degrees,
    pitch: Math.asin(Math.max(-1, Math.min(1, forward[1]))) * degrees,
    roll: Math.atan2(-across[1], upright) * degrees,
  };
}
