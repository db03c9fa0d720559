"""Trains a little with each framework under MLflow's autologging; prints the runs as JSON."""

from __future__ import annotations

import json

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from plotly import graph_objects
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

mlflow.set_experiment("flavors")
rng = np.random.default_rng(0)
x = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
y = (x["a"] + x["b"] > 0).astype(int)
found = {}


def last_run(name: str) -> None:
    found[name] = mlflow.last_active_run().info.run_id


mlflow.sklearn.autolog()
fitted = LogisticRegression(C=0.5).fit(x, y)
last_run("sklearn")
by_run = f"runs:/{found['sklearn']}/model"
model_id = mlflow.last_logged_model().model_id
mlflow.register_model(by_run, "flavor")
found["loaded"] = [
    list(map(int, mlflow.pyfunc.load_model(uri).predict(x)))
    for uri in (by_run, f"models:/{model_id}", "models:/flavor/1")
]
found["fitted"] = list(map(int, fitted.predict(x)))
mlflow.sklearn.autolog(log_models=False)
GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(x, y)
last_run("search")
mlflow.sklearn.autolog(disable=True)

mlflow.xgboost.autolog(log_models=False)
train = xgboost.DMatrix(x, label=y)
xgboost.train({"max_depth": 2}, train, num_boost_round=4, evals=[(train, "train")])
last_run("xgboost")

mlflow.lightgbm.autolog(log_models=False)
data = lightgbm.Dataset(x, label=y)
lightgbm.train(
    {"objective": "binary", "verbose": -1},
    data,
    num_boost_round=4,
    valid_sets=[data],
    valid_names=["train"],
)
last_run("lightgbm")

with mlflow.start_run(log_system_metrics=False) as run:
    mlflow.log_table({"q": [1, 2], "a": ["x", "y"]}, "table.json")
    mlflow.log_dict({"k": [1]}, "dict.yaml")
    mlflow.log_figure(graph_objects.Figure(data=graph_objects.Bar(y=[1, 2])), "figure.html")
    mlflow.log_metric("system/cpu", 1.0)
found["kinds"] = run.info.run_id
print("found", json.dumps(found))  # noqa: T201 - read by the test
