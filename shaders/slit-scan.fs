/*{
	"DESCRIPTION": "Time seen through a slit: each part of the picture is as old as its place, or its light, says.",
	"CREDIT": "latentjockey",
	"ISFVSN": "2",
	"CATEGORIES": ["Time", "Distortion"],
	"INPUTS": [
		{"NAME": "inputImage", "TYPE": "image"},
		{"NAME": "amount", "LABEL": "Delay", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.8},
		{"NAME": "along", "LABEL": "Along", "TYPE": "long", "VALUES": [0, 1, 2, 3], "LABELS": ["Rows", "Columns", "Rings", "Light"], "DEFAULT": 0},
		{"NAME": "turn", "LABEL": "Turn", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0},
		{"NAME": "folds", "LABEL": "Folds", "TYPE": "float", "MIN": 0.0, "MAX": 8.0, "DEFAULT": 1.0},
		{"NAME": "stretch", "LABEL": "Stretch", "TYPE": "float", "MIN": 1.0, "MAX": 16.0, "DEFAULT": 4.0}
	],
	"PASSES": [
		{"TARGET": "memory", "PERSISTENT": true, "WIDTH": "max(floor($WIDTH / 2.0), 1.0) * 4.0", "HEIGHT": "max(floor($HEIGHT / 2.0), 1.0) * 4.0"},
		{}
	]
}*/

// The memory is a sheet of sixteen pictures at half size, the newest at the lower left; every `stretch` frames each
// moves on by one. What is asked for between two of them is mixed, so time flows and does not step.

const float SIDE = 4.0;
const float LAST = SIDE * SIDE - 1.0;

vec4 remembered(float index, vec2 p) {
	vec2 tile = vec2(mod(index, SIDE), floor(index / SIDE));
	vec2 rim = 0.5 * SIDE / IMG_SIZE(memory);
	return IMG_NORM_PIXEL(memory, (tile + clamp(p, rim, 1.0 - rim)) / SIDE);
}

float pace() {
	return max(floor(stretch + 0.5), 1.0);
}

// How many frames ago the newest picture of the memory was taken.
float sinceTaken() {
	return mod(float(FRAMEINDEX), pace());
}

vec4 ago(float frames, vec2 p) {
	float index = (frames - sinceTaken()) / pace();
	if (index <= 0.0) {
		float share = sinceTaken() > 0.0 ? clamp(frames / sinceTaken(), 0.0, 1.0) : 0.0;
		return mix(IMG_NORM_PIXEL(inputImage, p), remembered(0.0, p), share);
	}
	float older = min(floor(index), LAST);
	return mix(remembered(older, p), remembered(min(older + 1.0, LAST), p), clamp(index - older, 0.0, 1.0));
}

float place(vec2 p) {
	vec2 shape = vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
	if (along == 3)
		return dot(IMG_NORM_PIXEL(inputImage, p).rgb, vec3(0.2126, 0.7152, 0.0722));
	if (along == 2)
		return length((p - 0.5) * shape) * 2.0 / length(shape);
	float angle = radians(turn);
	vec2 q = mat2(cos(angle), -sin(angle), sin(angle), cos(angle)) * ((p - 0.5) * shape) / shape + 0.5;
	return along == 1 ? q.x : 1.0 - q.y;
}

void main() {
	if (PASSINDEX == 0) {
		vec2 p = isf_FragNormCoord * SIDE;
		vec2 tile = min(floor(p), SIDE - 1.0);
		float index = tile.y * SIDE + tile.x;
		if (FRAMEINDEX == 0 || (index < 0.5 && sinceTaken() < 0.5))
			gl_FragColor = IMG_NORM_PIXEL(inputImage, p - tile);
		else if (sinceTaken() < 0.5)
			gl_FragColor = IMG_NORM_PIXEL(memory, isf_FragNormCoord + (tile.x < 0.5 ? vec2(SIDE - 1.0, -1.0) : vec2(-1.0, 0.0)) / SIDE);
		else
			gl_FragColor = IMG_THIS_PIXEL(memory);
		return;
	}
	// A wave of folds: 1 runs once through the memory from one edge to the other, 2 comes back.
	float w = place(isf_FragNormCoord) * folds;
	float wave = 1.0 - abs(mod(w, 2.0) - 1.0);
	float delay = (amount < 0.0 ? 1.0 - wave : wave) * abs(amount);
	gl_FragColor = ago(delay * (LAST - 1.0) * pace(), isf_FragNormCoord);
}
